import type { JournalPlan } from '../../src/cassandra/journal.ts';

/** The plan of a restore of nothing. */
export const emptyPlan: JournalPlan = {
  format: 1,
  id: 'run-1',
  tag: '20260101000000',
  source: 's3://bucket/cain/',
  clusterName: 'Test Cluster',
  startedAt: '2026-01-01T00:00:00.000Z',
  sum: 'abc',
  tables: [],
  created: [],
};
