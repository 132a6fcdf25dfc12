/** What each exit code means, for help, docs/errors.md and the chart's podFailurePolicy. Codes not listed mean failure. */
export const exitCodes: ReadonlyArray<{
  readonly code: number;
  readonly meaning: string;
  /** What the Job should do. */
  readonly job: string;
}> = [
  { code: 0, meaning: 'done: backup committed, restore proven, nothing damaged', job: '' },
  { code: 1, meaning: 'failed, perhaps transient', job: 'try again' },
  { code: 2, meaning: 'settings or usage wrong, nothing was touched', job: 'fail at once' },
  {
    code: 3,
    meaning: 'preflight refused (rights, tools, space, unsafe target), nothing was changed',
    job: 'fail at once',
  },
  { code: 4, meaning: 'another run holds the lock', job: 'leave it to the next run' },
  { code: 5, meaning: 'damage found', job: 'fail, and alert' },
  { code: 130, meaning: 'SIGINT, after cleaning up', job: 'try again' },
  { code: 143, meaning: 'SIGTERM, after cleaning up', job: 'try again' },
];
