import type { Catalog } from '../../store/catalog.ts';
import { tagTime } from '../../store/tag.ts';
import { type Column, shownTime, textTable } from '../text-table.ts';
import type { Decision } from './decide.ts';

interface DecidedBackup {
  readonly tag: string;
  readonly isKept: boolean;
  readonly why: string;
}

const columns: ReadonlyArray<Column<DecidedBackup>> = [
  { title: 'TAG', text: ({ tag }) => tag },
  { title: 'TIME (UTC)', text: ({ tag }) => shownTime(tagTime(tag)) },
  { title: 'DECISION', text: ({ isKept }) => (isKept ? 'keep' : 'expire') },
  { title: 'BECAUSE OF', text: ({ why }) => why },
];

/** Each backup of the plan, newest first, with what becomes of it and why; then what already waits for the end of its grace. */
export function decisionLines(
  { plan, result, heldBack }: Decision,
  { expired }: Catalog,
  graceMs: number,
): readonly string[] {
  const decided: DecidedBackup[] = [
    ...result.keep.map(({ tag, reasons }) => ({ tag, isKept: true, why: reasons.join(', ') })),
    ...result.expire.map(({ tag, reason }) => ({ tag, isKept: false, why: reason })),
  ].toSorted((a, b) => (a.tag < b.tag ? 1 : -1));
  const waiting = expired.map(
    ({ record, since }) =>
      `Backup ${record.tag} expired ${shownTime(since)}; what no other needs of it may go from ${shownTime(new Date(since.getTime() + graceMs))} on`,
  );
  return [
    ...(decided.length > 0 ? textTable(columns, decided) : [`Plan ${plan} has no backups`]),
    ...(heldBack
      ? [
          `Held back: ${heldBack.expiring} of ${heldBack.total} backups would go; that needs CAIN_PRUNE_CONFIRM=${heldBack.expiring}`,
        ]
      : []),
    ...waiting,
  ];
}
