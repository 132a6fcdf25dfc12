import type { ToolOutput } from '../../../src/cassandra/tool-error.ts';

/** A call of nodetool that the model must answer as a real node does. */
export interface ConformanceCall {
  readonly args: readonly string[];
  /** The recording in test/fixtures/cassandra/5.0.9. */
  readonly sample: string;
}

/** In this order: some need what an earlier one left. Keyspaces shop (with users, lwt, plain) and other (with t1) are there. */
export const conformanceCalls: readonly ConformanceCall[] = [
  { sample: 'version', args: ['version'] },
  { sample: 'flush', args: ['flush', 'shop'] },
  { sample: 'flush-unknown', args: ['flush', 'nosuch'] },
  { sample: 'bad-subcommand', args: ['nosuchcmd'] },
  { sample: 'snapshot-all', args: ['snapshot', '-t', 'snapall'] },
  { sample: 'snapshot-several-ks', args: ['snapshot', '-t', 'snap2', 'shop', 'other'] },
  { sample: 'snapshot-kt', args: ['snapshot', '-t', 'snap3', '-kt', 'shop.users,other.t1'] },
  { sample: 'snapshot-ttl', args: ['snapshot', '-t', 'snapttl', '--ttl', '1h', 'shop'] },
  { sample: 'snapshot-unknown-ks', args: ['snapshot', '-t', 'snapx', 'nosuch'] },
  { sample: 'snapshot-unknown-table', args: ['snapshot', '-t', 'snapx', '-kt', 'shop.nosuch'] },
  { sample: 'clearsnapshot-tag-ks', args: ['clearsnapshot', '-t', 'snap2', '--', 'shop'] },
  { sample: 'clearsnapshot-tag', args: ['clearsnapshot', '-t', 'snap2'] },
  { sample: 'clearsnapshot-unknown', args: ['clearsnapshot', '-t', 'nosuchtag'] },
  { sample: 'import-missing-dir', args: ['import', '--copy-data', 'shop', 'plain', 'nosuch'] },
];

/** Without the stack, which is of that release, and the second line of it, which names the class. */
export function comparable({ stdout, stderr, exitCode }: ToolOutput): ToolOutput {
  return { stdout, stderr: stderr.replace(/-- StackTrace --.*$/s, '-- StackTrace --\n'), exitCode };
}
