import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { readRecord } from '../record.ts';
import { pause } from '../time-limit.ts';
import { quoteIdentifier, quoteString } from './cql.ts';
import { parseJsonRows } from './cqlsh-output.ts';
import { withIfNotExists } from './create-statements.ts';
import type { ViewStatement } from './journal.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { runStatements } from './run-statements.ts';

/** A view of terabytes takes days to build. */
const buildLimitMs = 48 * 3600_000;
const lookAgainMs = 1000;

const settingBody = `
section settings
cqlsh_ "SELECT JSON name, value FROM system_views.settings;"
`;

/** Whether views may be created: what is dropped must come back. The setting has had two names. */
export async function areViewsAllowed(
  tools: PodTools,
  pod: CassandraPod,
  signal: AbortSignal,
): Promise<boolean> {
  const call = { purpose: 'Reading the settings', body: settingBody, signal };
  const rows = parseJsonRows(sectionOf(await tools.run(pod, call), 'settings'), 1).flat();
  const names = ['materialized_views_enabled', 'enable_materialized_views'];
  return rows.some((row) => {
    const { name, value } = row as { name?: unknown; value?: unknown };
    return names.includes(String(name)) && String(value) === 'true';
  });
}

export async function dropViews(
  tools: PodTools,
  pod: CassandraPod,
  views: readonly ViewStatement[],
  signal: AbortSignal,
): Promise<void> {
  const statements = views.map(
    ({ keyspace, view }) =>
      `DROP MATERIALIZED VIEW IF EXISTS ${quoteIdentifier(keyspace)}.${quoteIdentifier(view)}`,
  );
  await runStatements(tools, pod, statements, signal);
}

/** Makes the views that are not there; Cassandra then builds them from their table. */
export async function createViews(
  tools: PodTools,
  pod: CassandraPod,
  views: readonly ViewStatement[],
  signal: AbortSignal,
): Promise<void> {
  const statements = views.map(({ statement }) => withIfNotExists(statement));
  await runStatements(tools, pod, statements, signal);
}

const statusBody = `
section status
cqlsh_ "$1"
`;

/** Waits until these nodes have built the view. Other members of the ring may be done long before: they have nothing to build. */
export async function waitUntilBuilt(
  tools: PodTools,
  pod: CassandraPod,
  { keyspace, view, hostIds }: { keyspace: string; view: string; hostIds: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const statement = `SELECT JSON host_id, status FROM system_distributed.view_build_status WHERE keyspace_name = ${quoteString(keyspace)} AND view_name = ${quoteString(view)};`;
  const startedAt = performance.now();
  for (;;) {
    const call = {
      purpose: `Looking at view ${keyspace}.${view}`,
      body: statusBody,
      args: [statement],
      signal,
    };
    const rows = parseJsonRows(sectionOf(await tools.run(pod, call), 'status'), 1).flat();
    const built = new Set(
      rows
        .map((row) => readRecord(row, 'view_build_status'))
        .filter((row) => row.string('status') === 'SUCCESS')
        .map((row) => row.string('host_id')),
    );
    const waiting = hostIds.filter((id) => !built.has(id));
    if (waiting.length === 0) return;
    if (performance.now() - startedAt > buildLimitMs) {
      throw new CainError(
        'CAIN_TIMEOUT',
        `View ${keyspace}.${view} is built on ${hostIds.length - waiting.length} of ${hostIds.length} nodes`,
        {
          hint: 'Its table is restored. `nodetool viewbuildstatus` tells how far it is.',
        },
      );
    }
    await pause(lookAgainMs, signal);
  }
}
