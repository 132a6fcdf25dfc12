import { existsSync } from 'node:fs';
import type { ModelTable } from './cql-text.ts';
import { statusText } from './nodetool-status.ts';
import type { ModelMember, ModelRing } from './ring.ts';
import { atOnce, type Steps } from './steps.ts';
import { serverError, silentSuccess, type ToolResult, usageError } from './tool-result.ts';

/** nodetool 5.0.9, as far as Cain uses it: what it prints, how it ends, and what it does to the files. */
export function runNodetool(ring: ModelRing, member: ModelMember, given: readonly string[]): ToolResult {
  return atOnce(nodetoolSteps(ring, member, given));
}

export function* nodetoolSteps(
  ring: ModelRing,
  member: ModelMember,
  given: readonly string[],
): Steps<ToolResult> {
  if (!member.isUp) {
    const stderr =
      "nodetool: Failed to connect to '127.0.0.1:7199' - ConnectException: 'Connection refused'.\n";
    return { stdout: '', stderr, exitCode: 1 };
  }
  const [command = '', ...args] = withoutConnection(given);
  const run = commands[command];
  if (!run) return usageError(`Found unexpected parameters: [${command}]`);
  const result = run({ ring, member, args });
  return 'exitCode' in result ? result : yield* result;
}

interface Call {
  readonly ring: ModelRing;
  readonly member: ModelMember;
  readonly args: readonly string[];
}

const commands: Readonly<Record<string, (call: Call) => ToolResult | Steps<ToolResult>>> = {
  version: () => ({ ...silentSuccess, stdout: 'ReleaseVersion: 5.0.9\n' }),
  status: ({ ring }) => ({ ...silentSuccess, stdout: statusText(ring.members) }),
  snapshot: takeSnapshot,
  clearsnapshot: clearSnapshot,
  flush: ({ ring, member, args }) => {
    const [keyspace = '', ...names] = positional(args);
    if (!ring.schema.keyspaces.has(keyspace)) return usageError(`Keyspace [${keyspace}] does not exist.`);
    const tables = ring.schema
      .tablesOf(keyspace)
      .filter(({ name }) => names.length === 0 || names.includes(name));
    for (const table of tables) member.disk.flush(table);
    return silentSuccess;
  },
  import: importSstables,
  disableautocompaction: (call) => setCompaction(call, false),
  enableautocompaction: (call) => setCompaction(call, true),
};

function* takeSnapshot({ ring, member, args }: Call): Steps<ToolResult> {
  const name = option(args, '-t') ?? String(Date.now());
  const ttl = option(args, '--ttl');
  const pairs = option(args, '-kt')?.split(',');
  const keyspaces = positional(args, ['-t', '--ttl', '-kt']);
  const what = pairs ? pairs.join(',') : keyspaces.length > 0 ? keyspaces.join(', ') : 'all keyspaces';
  const options = `{skipFlush=false${ttl ? `, ttl=${ttl}` : ''}}`;
  const said = `Requested creating snapshot(s) for [${what}] with snapshot name [${name}] and options ${options}\n`;
  const missing = keyspaces.find((keyspace) => !ring.schema.keyspaces.has(keyspace));
  if (missing !== undefined) return usageError(`Keyspace ${missing} does not exist`, said);
  const unknown = pairs?.find((pair) => !ring.schema.tables.has(pair));
  if (unknown !== undefined) return usageError(`Unknown keyspace/cf pair (${unknown})`, said);
  const tables = [...ring.schema.tables].filter(([key, { keyspace }]) =>
    pairs ? pairs.includes(key) : keyspaces.length === 0 || keyspaces.includes(keyspace),
  );
  const chosen = tables.map(([, table]) => table);
  if (member.disk.hasSnapshot(name, chosen))
    return serverError('java.io.IOException', `Snapshot ${name} already exists.`, said);
  try {
    yield* member.disk.snapshot(
      name,
      chosen,
      ttl ? { expiresAt: new Date(Date.now() + 48 * 3_600_000) } : {},
    );
  } catch (error) {
    return serverError('java.lang.RuntimeException', (error as Error).message, said);
  }
  ring.noteSnapshot(name);
  return { ...silentSuccess, stdout: `${said}Snapshot directory: ${name}\n` };
}

function* clearSnapshot({ member, args }: Call): Steps<ToolResult> {
  const name = option(args, '-t');
  if (name === undefined) return serverError('java.lang.RuntimeException', 'Specify snapshot name or --all');
  const keyspaces = positional(args, ['-t']);
  yield* member.disk.clearSnapshot(name, keyspaces.length > 0 ? keyspaces : undefined);
  const where = keyspaces.length > 0 ? keyspaces.join(', ') : 'all keyspaces';
  const stdout = `Requested clearing snapshot(s) for [${where}] with snapshot name [${name}]\n`;
  return { ...silentSuccess, stdout };
}

function importSstables({ ring, member, args }: Call): ToolResult {
  const [keyspace = '', name = '', ...directories] = positional(args);
  const table = ring.schema.tables.get(`${keyspace}.${name}`);
  if (!table)
    return serverError(
      'java.lang.IllegalArgumentException',
      `Unknown keyspace/cf pair (${keyspace}.${name})`,
    );
  const missing = directories.find((directory) => !existsSync(directory));
  if (missing !== undefined)
    return serverError('java.lang.RuntimeException', `Directory ${missing} does not exist`);
  const refused = member.disk.importFrom(table, directories);
  if (refused.length === 0) return silentSuccess;
  const stderr = `Some directories failed to import, check server logs for details:\n${refused.join('\n')}\n`;
  return { stdout: '', stderr, exitCode: 1 };
}

function setCompaction({ ring, member, args }: Call, isOn: boolean): ToolResult {
  const [keyspace = '', ...names] = positional(args);
  const tables: readonly ModelTable[] = ring.schema.tablesOf(keyspace);
  const unknown = names.find((name) => !tables.some((table) => table.name === name));
  if (unknown !== undefined)
    return serverError(
      'java.lang.IllegalArgumentException',
      `Unknown keyspace/cf pair (${keyspace}.${unknown})`,
    );
  for (const name of names) {
    if (isOn) member.compactionOff.delete(`${keyspace}.${name}`);
    else member.compactionOff.add(`${keyspace}.${name}`);
  }
  return silentSuccess;
}

/** Host, port and login come before the command. */
function withoutConnection(args: readonly string[]): readonly string[] {
  let at = 0;
  while (['-h', '-p', '-u', '-pw', '-pwf'].includes(args[at] ?? '')) at += 2;
  return args.slice(at);
}

function option(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 || at > lastOption(args) ? undefined : args[at + 1];
}

function lastOption(args: readonly string[]): number {
  const end = args.indexOf('--');
  return end < 0 ? args.length : end;
}

function positional(args: readonly string[], withValue: readonly string[] = []): readonly string[] {
  const end = args.indexOf('--');
  if (end >= 0) return args.slice(end + 1);
  return args.filter((arg, index) => !arg.startsWith('-') && !withValue.includes(args[index - 1] ?? ''));
}
