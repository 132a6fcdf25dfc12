import type { ModelMember } from './ring.ts';

const letters = { normal: 'N', joining: 'J', leaving: 'L', moving: 'M' } as const;

/** `nodetool status`; where every node has one token, a column of tokens behind the id takes the place of their number. */
export function statusText(members: readonly ModelMember[]): string {
  const areSingle = members.every(({ tokens }) => tokens.length === 1);
  const dataCenters = [...new Set(members.map(({ dataCenter }) => dataCenter))];
  const blocks = dataCenters.map((dataCenter) => {
    const rows = members
      .filter((member) => member.dataCenter === dataCenter)
      .map((member) => cellsOf(member, areSingle));
    const heading = areSingle
      ? ['--', 'Address', 'Load', 'Owns', 'Host ID', 'Token', 'Rack']
      : ['--', 'Address', 'Load', 'Tokens', 'Owns', 'Host ID', 'Rack'];
    return [
      `Datacenter: ${dataCenter}`,
      '='.repeat(`Datacenter: ${dataCenter}`.length),
      'Status=Up/Down',
      '|/ State=Normal/Leaving/Joining/Moving',
      ...aligned([heading, ...rows]),
    ].join('\n');
  });
  const note =
    "Note: Non-system keyspaces don't have the same replication settings, effective ownership information is meaningless";
  return `${blocks.join('\n\n')}\n\n${note}\n`;
}

function cellsOf(member: ModelMember, isSingle: boolean): readonly string[] {
  const { isUp, state, address, hostId, tokens, rack, load } = member;
  const first = [`${isUp ? 'U' : 'D'}${letters[state]}`, address, load];
  return isSingle
    ? [...first, '?', hostId, tokens[0] ?? '', rack]
    : [...first, String(tokens.length), '?', hostId, rack];
}

/** Columns as wide as their widest cell, two blanks between. */
function aligned(rows: ReadonlyArray<readonly string[]>): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
}
