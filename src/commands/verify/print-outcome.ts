import { humanBytes, humanCount } from '../../logging/human.ts';
import { onOneLine } from '../../logging/text-lines.ts';
import { type Column, textTable } from '../text-table.ts';
import type { DamagedObject } from './findings.ts';
import { type BackupVerdict, isHurt, type Outcome } from './outcome.ts';

/** For people: a line a backup, then every damaged file with whom it hurts, then what was done. */
export function textOutcome(location: string, outcome: Outcome): readonly string[] {
  return [
    ...(outcome.backups.length > 0 ? textTable(columnsOf(outcome), outcome.backups) : []),
    ...outcome.unreadable.map(({ tag, error }) => `${tag}  UNREADABLE: ${onOneLine(error.message)}`),
    ...(outcome.damaged.length > 0 ? ['', `Damaged at ${location}:`] : []),
    ...outcome.damaged.flatMap(damageLines),
    ...outcome.unclear.map(({ key, error }) => `Not known: ${onOneLine(`${key}: ${textOf(error)}`)}`),
    '',
    summaryLine(outcome),
  ];
}

/** One JSON object: `backups`, `damaged`, `unreadable`, `unclear` and `checked`. Sizes in bytes. */
export function jsonOutcome(outcome: Outcome): string {
  const { backups, damaged, unreadable, unclear, tally, isFull, slice } = outcome;
  return JSON.stringify(
    {
      backups: backups.map((backup) => ({
        tag: backup.manifest.tag,
        plan: backup.manifest.plan,
        isChosen: backup.isChosen,
        isDamaged: isHurt(backup, outcome),
        isMended: outcome.recorded.get(backup.manifest.tag)?.isMended ?? false,
        damagedObjects: backup.damaged.length,
        tables: tablesOf(backup),
      })),
      damaged: damaged.map(({ key, kind, what, pod, tables, tags, versionId }) => ({
        key,
        fault: kind,
        what,
        pod,
        tables,
        tags,
        versionId,
      })),
      unreadable: unreadable.map(({ tag, error }) => ({ tag, reason: error.message })),
      unclear: unclear.map(({ key, error }) => ({ key, reason: textOf(error) })),
      checked: { level: isFull ? 'full' : 'quick', slice, ...tally },
    },
    undefined,
    2,
  );
}

function columnsOf(outcome: Outcome): ReadonlyArray<Column<BackupVerdict>> {
  const sum = ({ manifest }: BackupVerdict, of: 'files' | 'bytes') =>
    manifest.nodes.reduce((total, node) => total + node[of], 0);
  return [
    { title: 'TAG', text: ({ manifest }) => manifest.tag },
    { title: 'PLAN', text: ({ manifest }) => manifest.plan },
    { title: 'FILES', isNumber: true, text: (backup) => humanCount(sum(backup, 'files')) },
    { title: 'SIZE', isNumber: true, text: (backup) => humanBytes(sum(backup, 'bytes')) },
    { title: 'VERDICT', text: (backup) => verdictOf(backup, outcome) },
  ];
}

function verdictOf(backup: BackupVerdict, outcome: Outcome): string {
  const { damaged, manifest } = backup;
  if (damaged.length > 0) {
    const tables = tablesOf(backup);
    return `DAMAGED: ${humanCount(damaged.length)} ${damaged.length === 1 ? 'object' : 'objects'}${tables.length > 0 ? ` of ${tables.join(', ')}` : ''}`;
  }
  if (isHurt(backup, outcome)) return 'DAMAGED, as was found earlier';
  if (outcome.recorded.get(manifest.tag)?.isMended) return 'whole again';
  return outcome.unclear.length > 0 ? 'no damage found' : 'whole';
}

function tablesOf({ damaged }: BackupVerdict): readonly string[] {
  return [...new Set(damaged.flatMap(({ tables }) => tables))].toSorted();
}

function damageLines({ key, what, pod, tables, tags, versionId }: DamagedObject): readonly string[] {
  const whose = [
    ...(tables.length > 0 ? [`of ${tables.join(', ')}`] : []),
    ...(pod ? [`of ${pod}`] : []),
    `in ${tags.join(', ')}`,
  ];
  const version = versionId ? `; version ${versionId} of it may still be there` : '';
  return [`  ${onOneLine(`${key} ${what}${version}`)}`, `      ${onOneLine(whose.join(' '))}`];
}

function summaryLine({ tally, isFull, slice, backups, damaged }: Outcome): string {
  const part = slice ? ` (part ${slice.part} of ${slice.of})` : '';
  const how = isFull
    ? `${humanBytes(tally.readBytes)} read${part}`
    : `${humanCount(tally.lookedUp)} looked up one by one${part}`;
  return [
    `${humanCount(tally.objects)} objects of ${backups.filter(({ isChosen }) => isChosen).length} backups, ${humanBytes(tally.bytes)}: all listed, ${how}; ${humanCount(damaged.length)} damaged`,
    ...(tally.rewritten > 0 ? [`${humanCount(tally.rewritten)} whole under another ETag`] : []),
    ...(tally.withoutChecksum > 0
      ? [`${humanCount(tally.withoutChecksum)} without a CRC-32 in the store`]
      : []),
    ...(tally.archived > 0 ? [`${humanCount(tally.archived)} archived and not read`] : []),
  ].join('; ');
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
