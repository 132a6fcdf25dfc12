import { readFileSync } from 'node:fs';
import { type FaultCell, readResults, type SuiteResult } from '../../test/support/faults/results.ts';
import { generatedNote, markdownTable } from './table.ts';

const abouts: Readonly<Record<string, string>> = {
  crashes:
    'A separate process is killed (SIGKILL) after each of its effects in turn: each store request that writes, start and end of each exec call, each write of the Lease; after the effect, before the process hears of it. A read leaves nothing behind, so dying after one is dying after the effect before it. After each death: every backup that is listed holds, byte for byte, what its snapshots held; the next run succeeds; no snapshot, upload or Lease is left; and at the end a prune leaves no object that no backup names. A restore is resumed, and brings back the rows of each node, nothing else.',
  store:
    'A proxy before the real S3 server does the fault to one request of each kind (which one is drawn by a seed), or to all of them ("lasting"). Shown is what became of the run with two retries.',
  nodes:
    'Tools, pods, ring and schema misbehave on the model cluster, and so does the exec stream of each call.',
  commit: 'The last object of a backup is its manifest: what happens around it.',
  cassandra: 'The same kills on real Cassandra, at places drawn by a seed.',
  restore:
    'A restore whose reads fail, in one transfer and the other, or whose disk is full. It brings back all rows; or it fails before anything is destroyed, and brings them back when it is resumed.',
  prune:
    'Prune and verify as commands, while the store fails. After each: everything that is listed is whole, the command without the fault succeeds, and leaves no garbage.',
  names:
    'Names that look alike, that a shell or a store would misread, two clusters of one name in one bucket; files of no bytes and of many; thousands of tables and files.',
  huge: 'A file of 51 GB, sparse on the node: in parts into the bucket, verified in full, and back. It needs 60 GB of room.',
  locked:
    'Object Lock and tags, on a bucket with versions: every object of a backup is locked for as long as was asked, reused ones too, whatever becomes of the requests that lock them.',
  soak: 'Many small backups with retention; every third meets a random fault or is killed.',
};

/** docs/faults.md: what became of every fault in every phase, from the last whole run of `npm run test:faults`. */
export function faultsPage(): string {
  const { crashPoints, faults, unhit, wrong, suites } = readResults();
  const seconds = suites.reduce((sum, suite) => sum + suite.seconds, 0);
  const totals = [crashPoints, faults, unhit, wrong, `${Math.round(seconds / 60)} min`].map(String);
  return [
    generatedNote,
    '',
    '# Faults',
    '',
    'What becomes of a run in which something fails: made from [test/faults/results.json](../test/faults/results.json), which',
    '`npm run test:faults` writes. `npm run test:long` tries a sample. A suite that is not listed here was not run whole since its last change.',
    '',
    ...markdownTable(['crash points', 'faults injected', 'never met', 'wrong outcomes', 'took'], [totals]),
    '',
    "An outcome is wrong when a run says success without a whole backup, fails without a reason, or when anything that is listed is not what the nodes' snapshots held.",
    '**whole** = the backup is committed and holds every byte of all nodes; **quorum** = of a majority of the replicas, and it says so; **failed** = the run ended with that exit code and [error](errors.md), and no backup is listed.',
    '',
    ...suites.flatMap(suiteSection),
    '## What was found',
    '',
    'Bugs of Cain that these faults brought to light, and the commit that mends each; kept in [test/faults/found.json](../test/faults/found.json).',
    '',
    ...markdownTable(
      ['bug', 'found by', 'mended in'],
      readFound().map(({ bug, by, fixed }) => [bug, by, `\`${fixed}\``]),
    ),
    '',
  ].join('\n');
}

interface FoundBug {
  readonly bug: string;
  /** The suite, and what it did. */
  readonly by: string;
  /** The commit. */
  readonly fixed: string;
}

function readFound(): readonly FoundBug[] {
  return JSON.parse(
    readFileSync(new URL('../../test/faults/found.json', import.meta.url), 'utf8'),
  ) as FoundBug[];
}

function suiteSection({
  suite,
  cells,
  crashPoints,
  faults,
  seconds,
  stride,
  rounds,
}: SuiteResult): readonly string[] {
  const faultNames = [...new Set(cells.map(({ fault }) => fault))];
  const rows = faultNames.flatMap((fault) => {
    const own = cells.filter((cell) => cell.fault === fault);
    const outcomes = [...new Set(own.map(({ outcome }) => outcome))];
    return outcomes.map((outcome) => [fault, outcome, phasesOf(own, outcome)]);
  });
  return [
    `## ${suite[0]?.toUpperCase()}${suite.slice(1)}`,
    '',
    abouts[suite] ?? '',
    '',
    `Each row: [test/faults/${suite}.test.ts](../test/faults/${suite}.test.ts). ${crashPoints} crash points, ${faults} faults, ${seconds} s${stride === 1 ? '' : `; of its points and cases every ${stride}th was tried`}${rounds === undefined ? '' : `; ${rounds} rounds`}.`,
    '',
    ...markdownTable(['fault', 'outcome', 'in'], rows),
    '',
  ];
}

function phasesOf(cells: readonly FaultCell[], outcome: string): string {
  return cells
    .filter((cell) => cell.outcome === outcome)
    .map(({ phase, times }) => (times > 1 ? `${phase} (${times})` : phase))
    .join(', ');
}
