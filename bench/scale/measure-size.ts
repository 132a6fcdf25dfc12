import { runStep, type StepCost } from './run-step.ts';
import type { ListRow, ScaleRow } from './scale-result.ts';
import { type SyntheticStore, startStore } from './start-store.ts';
import { bucket, ownerId, prefix, type StepInput } from './step-input.ts';
import type { SyntheticCluster } from './synthetic.ts';

export interface Programs {
  /** Paths of bundles. */
  readonly cain: string;
  readonly step: string;
  /** Of a Kubernetes API that has a Lease to give. */
  readonly kubeconfig: string;
}

/** One that the sweep at the end of a prune waits out, in tests and here. */
const graceMs = 1_000;
const login = {
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'benchsecret',
  AWS_REGION: 'eu-central-1',
};

/**
 * Two backups are there; a third is planned and committed, all are listed, the first one is pruned. A tenth of the
 * first one's objects is in no later backup, and exactly these must be gone at the end.
 */
export async function measureSize(
  programs: Programs,
  cluster: SyntheticCluster,
  announce: (line: string) => void,
): Promise<readonly ScaleRow[]> {
  const store = await startStore(cluster);
  const rows: ScaleRow[] = [];
  const told = (step: ScaleRow['step'], cost: StepCost): void => {
    rows.push({ step, nodes: cluster.nodes, files: cluster.nodes * cluster.filesPerNode, ...costOf(cost) });
    announce(`  ${step}: ${textOf(cost)}`);
  };
  try {
    announce(`  seeded: ${textOf(await ownStep(programs, store, { step: 'seed' }))}`);
    told('plan-and-commit', await ownStep(programs, store, { step: 'plan' }));
    const listed = await cain(programs, store, ['list']);
    if (!/20260103000000/.test(listed.output)) throw new Error(`The backup is not listed:\n${listed.output}`);
    told('list', listed);
    const expired = await prune(programs, store);
    await new Promise((resolve) => setTimeout(resolve, graceMs * 2));
    told('prune', sumOf(expired, await prune(programs, store)));
    const removed = await store.removedObjects();
    const garbage = (cluster.nodes * cluster.filesPerNode) / 10;
    if (removed !== garbage) throw new Error(`Prune deleted ${removed} objects, not ${garbage}`);
    return rows;
  } finally {
    await store.stop();
  }
}

/** `cain list` of many backups, by the number of nodes that each manifest names. */
export async function measureLists(
  programs: Programs,
  { nodes, backups }: { nodes: readonly number[]; backups: number },
  announce: (line: string) => void,
): Promise<readonly ListRow[]> {
  const rows: ListRow[] = [];
  for (const count of nodes) {
    const store = await startStore({ nodes: count, filesPerNode: 100 });
    try {
      await ownStep(programs, store, { step: 'seed-list', backups });
      const cost = await cain(programs, store, ['list']);
      const found = cost.output.match(/^\d{14}/gm)?.length;
      if (found !== backups) throw new Error(`${found} backups are listed, not ${backups}`);
      rows.push({ backups, nodes: count, ...costOf(cost) });
      announce(`  ${backups} backups of ${count} nodes: ${textOf(cost)}`);
    } finally {
      await store.stop();
    }
  }
  return rows;
}

async function ownStep(
  { step }: Programs,
  { endpoint, cluster }: SyntheticStore,
  what: Pick<StepInput, 'step' | 'backups'>,
): Promise<StepCost> {
  const input: StepInput = { ...what, endpoint, cluster };
  return await runStep([step, JSON.stringify(input)], login);
}

async function cain(
  programs: Programs,
  { endpoint }: SyntheticStore,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<StepCost & { readonly output: string }> {
  return await runStep([programs.cain, ...args], {
    ...login,
    AWS_S3_ENDPOINT: endpoint,
    AWS_S3_FORCE_PATH_STYLE: 'true',
    CAIN_SRC: `s3://${bucket}/${prefix.slice(0, -1)}`,
    ...env,
  });
}

async function prune(programs: Programs, store: SyntheticStore): Promise<StepCost> {
  return await cain(programs, store, ['prune'], {
    KUBECONFIG: programs.kubeconfig,
    CAIN_ADOPT: ownerId,
    CAIN_KEEP_LAST: '2',
    CAIN_PRUNE_GRACE: `${graceMs / 1000}s`,
  });
}

/** One after the other. */
function sumOf(first: StepCost, second: StepCost): StepCost {
  return {
    wallSeconds: first.wallSeconds + second.wallSeconds,
    cpuSeconds: first.cpuSeconds + second.cpuSeconds,
    peakRssBytes: Math.max(first.peakRssBytes, second.peakRssBytes),
  };
}

function costOf({ wallSeconds, cpuSeconds, peakRssBytes }: StepCost): StepCost {
  const rounded = (value: number): number => Math.round(value * 100) / 100;
  return { wallSeconds: rounded(wallSeconds), cpuSeconds: rounded(cpuSeconds), peakRssBytes };
}

function textOf({ wallSeconds, cpuSeconds, peakRssBytes }: StepCost): string {
  return `${wallSeconds.toFixed(1)} s, CPU ${cpuSeconds.toFixed(1)} s, peak ${Math.round(peakRssBytes / 2 ** 20)} MiB`;
}
