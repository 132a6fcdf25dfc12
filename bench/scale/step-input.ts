import { openS3Store } from '../../src/store/s3-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { SyntheticCluster } from './synthetic.ts';

export const stepNames = ['seed', 'plan', 'seed-list'] as const;

/** What a step is told on its command line, as JSON. */
export interface StepInput {
  readonly step: (typeof stepNames)[number];
  readonly endpoint: string;
  readonly cluster: SyntheticCluster;
  /** Backups to make, for `seed-list`. */
  readonly backups?: number;
}

export const bucket = 'bench';
/** Of the one cluster in the bucket. */
export const prefix = 'databases/scale/';
export const ownerId = 'bench-owner';

/** As `cain` opens it, with its defaults. */
export function openStore({ endpoint }: StepInput): Store {
  return openS3Store({
    bucket,
    prefix,
    endpoint,
    region: 'eu-central-1',
    forcePathStyle: true,
    timeoutMs: 60_000,
    maxSockets: 64,
    retries: 2,
  });
}
