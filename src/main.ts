import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import type { CommandName } from './command-names.ts';
import type { Command } from './commands/context.ts';
import { CainError } from './errors.ts';
import { run } from './run.ts';
import { keepHeapSmall } from './small-heap.ts';

/** Loaded when it is needed: `--help` must not wait for the Kubernetes and S3 clients. */
const commands: Readonly<Record<CommandName, () => Promise<Command>>> = {
  backup: async () => (await import('./commands/backup.ts')).backup,
  restore: async () => (await import('./commands/restore.ts')).restore,
  prune: async () => (await import('./commands/prune.ts')).prune,
  list: async () => (await import('./commands/list.ts')).list,
  verify: async () => (await import('./commands/verify.ts')).verify,
  schema: async () => (await import('./commands/schema.ts')).schema,
  preflight: async () => (await import('./commands/preflight.ts')).preflight,
  version: async () => (await import('./commands/version.ts')).version,
};

/** How long a finished run may take to let go of its connections. */
const lingerMs = 10_000;

// Every request of a run hears the one signal that stops it. Node calls eleven listeners a leak, in the middle of the JSON lines.
setMaxListeners(0);

keepHeapSmall();

const stop = new AbortController();

function hearSignals(): void {
  process.on('SIGINT', () => {
    if (stop.signal.aborted) endAtOnce(130);
    stop.abort(new CainError('CAIN_INTERRUPTED', 'Stopped by SIGINT'));
  });
  // A second SIGTERM changes nothing: what kills a pod for good is SIGKILL.
  process.on('SIGTERM', () => stop.abort(new CainError('CAIN_TERMINATED', 'Stopped by SIGTERM')));
}

function endAtOnce(exitCode: number): never {
  process.stderr.write(
    'Stopped before cleaning up: snapshots named cain-<tag>, unfinished uploads and the Lease may be left; the next run clears them\n',
  );
  process.exit(exitCode);
}

let tellStray: (error: unknown) => void = () => {};

/**
 * A fault outside of any call stops the run, so that it still cleans up. One more in the meantime must not stop that
 * too. Their texts may hold secrets: `run` tells them.
 */
function hearStrayErrors(): void {
  process.on('uncaughtException', (error) => {
    if (stop.signal.aborted) tellStray(error);
    else stop.abort(error);
  });
}

/** Whoever reads the output may have gone: `cain list | head`. */
function hearClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** What still runs when all is done is a bug, but a backup that is whole must not end as a Job past its deadline. */
function endWithoutStragglers(): void {
  setTimeout(() => {
    const left = process.getActiveResourcesInfo().join(', ');
    process.stderr.write(`Cain has finished, yet something is still open (${left}); please report it\n`);
    process.exit();
  }, lingerMs).unref();
}

// Which Node runs Cain is the image's business, and the SDK's word on it would break the lines of JSON.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
// So would Node's word on old functions of its own that packages call (punycode, url.parse).
process.noDeprecation = true;
// Until the run says otherwise: a process that ends by mistake must not look like success.
process.exitCode = 1;
hearSignals();
hearStrayErrors();
hearClosedPipes();

process.exitCode = await run({
  args: process.argv.slice(2),
  env: process.env,
  readFile: (path) => readFileSync(path, 'utf8'),
  stdout: process.stdout,
  stderr: process.stderr,
  isTerminal: process.stderr.isTTY ?? false,
  now: () => new Date(),
  signal: stop.signal,
  onStrayTeller(tell) {
    tellStray = tell;
  },
  loadCommand: (name) => commands[name](),
});
endWithoutStragglers();
