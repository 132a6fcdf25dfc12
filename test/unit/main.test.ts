import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { build } from 'esbuild';

/** Stands in for every command; CAIN_PLAN says what it does. */
const standIn = `
  const stopped = (signal) => new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  const behaviours = {
    async done({ print }) { print('done'); },
    async wait({ signal, log }) {
      const alive = setInterval(() => {}, 1000);
      log.info('Ready');
      await stopped(signal);
      log.info('Cleaning up');
      clearInterval(alive);
      throw signal.reason;
    },
    async hang({ log }) {
      setInterval(() => {}, 1000);
      log.info('Ready');
      await new Promise(() => {});
    },
    async forget() { await new Promise(() => {}); },
    async stray(context) {
      setTimeout(() => { throw new Error('stray marker-secret'); }, 1);
      await behaviours.wait(context);
    },
    async strays({ signal, log }) {
      const alive = setInterval(() => {}, 1000);
      setTimeout(() => { throw new Error('first'); }, 1);
      await stopped(signal);
      setTimeout(() => { throw new Error('second marker-secret'); }, 1);
      await new Promise((resolve) => setTimeout(resolve, 50));
      log.info('Cleaned up');
      clearInterval(alive);
      throw signal.reason;
    },
    async old({ print }) { process.emitWarning('url.parse() is old', 'DeprecationWarning', 'DEP0169'); print('done'); },
    async flood({ print }) { for (let line = 0; line < 20000; line++) print('x'.repeat(100)); },
  };
  const command = (context) => behaviours[context.settings.plan](context);
  export { command as backup, command as restore, command as prune, command as list, command as schema };
  export { command as preflight, command as version };
`;

type Child = ChildProcessByStdio<null, Readable, Readable>;

describe('main', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cain-main-'));
  const bundle = join(folder, 'cain.mjs');

  before(async () => {
    await build({
      entryPoints: [fileURLToPath(new URL('../../src/main.ts', import.meta.url))],
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'esm',
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
      plugins: [
        {
          name: 'stand-in',
          setup({ onResolve, onLoad }) {
            onResolve({ filter: /^\.\/commands\// }, () => ({ path: 'stand-in', namespace: 'stand-in' }));
            onLoad({ filter: /./, namespace: 'stand-in' }, () => ({ contents: standIn }));
          },
        },
      ],
    });
  });

  after(() => rmSync(folder, { recursive: true }));

  function start(plan: string, env: Readonly<Record<string, string>> = {}): Child {
    return spawn(process.execPath, [bundle], {
      env: { CAIN_PLAN: plan, CAIN_DST: 's3://bucket', CAIN_LOG_FORMAT: 'text', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async function ending(child: Child) {
    const [stdout, stderr, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { stdout, stderr, exitCode };
  }

  async function saying(child: Child, words: string): Promise<void> {
    let chunk = '';
    while (!chunk.includes(words)) chunk = String((await once(child.stderr, 'data'))[0]);
  }

  it('ends with 0 when the command is done', async () => {
    expect(await ending(start('done'))).to.deep.equal({ stdout: 'done\n', stderr: '', exitCode: 0 });
  });

  it('keeps what Node thinks of old functions out of the log', async () => {
    expect(await ending(start('old'))).to.deep.equal({ stdout: 'done\n', stderr: '', exitCode: 0 });
  });

  it('ends with 2 when the settings are wrong', async () => {
    const { exitCode, stderr } = await ending(start('done', { CAIN_PARALLEL: 'x' }));

    expect(exitCode).to.equal(2);
    expect(stderr).to.contain('CAIN_SETTINGS: A setting is wrong: CAIN_PARALLEL is "x"');
  });

  for (const [signal, wanted, code] of [
    ['SIGINT', 130, 'CAIN_INTERRUPTED'],
    ['SIGTERM', 143, 'CAIN_TERMINATED'],
  ] as const) {
    it(`lets the command clean up after ${signal} and ends with ${wanted}`, async () => {
      const child = start('wait');
      const end = ending(child);
      await saying(child, 'Ready');

      child.kill(signal);

      const { exitCode, stderr } = await end;
      expect(exitCode).to.equal(wanted);
      expect(stderr).to.match(new RegExp(`Cleaning up.*Backup failed.*${code}: Stopped by ${signal}`, 's'));
    });
  }

  it('ends at once on a second SIGINT, and says what may be left', async () => {
    const child = start('hang');
    const end = ending(child);
    await saying(child, 'Ready');

    // Two signals that come together are heard as one.
    const again = setInterval(() => child.kill('SIGINT'), 50);

    const { exitCode, stderr } = await end;
    clearInterval(again);
    expect(exitCode).to.equal(130);
    expect(stderr).to.contain('Stopped before cleaning up: snapshots');
  });

  it('lets the command clean up after an error that nobody caught, and strikes secrets from it', async () => {
    const { exitCode, stderr } = await ending(start('stray', { AWS_SECRET_ACCESS_KEY: 'marker-secret' }));

    expect(exitCode).to.equal(1);
    expect(stderr).to.match(/Cleaning up.*stray \*\*\*/s);
    expect(stderr).to.not.contain('marker-secret');
  });

  it('tells a second one, and does not let it stop the clean-up', async () => {
    const { exitCode, stderr } = await ending(start('strays', { AWS_SECRET_ACCESS_KEY: 'marker-secret' }));

    expect(exitCode).to.equal(1);
    expect(stderr).to.match(/while the run was stopping.*second \*\*\*.*Cleaned up.*Backup failed.*first/s);
  });

  it('does not end with 0 when the command just stops', async () => {
    expect((await ending(start('forget'))).exitCode).to.not.equal(0);
  });

  it('does not mind that nobody reads its output any more', async () => {
    const child = start('flood');
    child.stdout.once('data', () => child.stdout.destroy());

    const [exitCode] = await once(child, 'exit');

    expect(exitCode).to.equal(0);
  });
});
