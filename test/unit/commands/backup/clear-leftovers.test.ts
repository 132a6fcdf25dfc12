import { expect } from 'chai';
import type { PodTools } from '../../../../src/cassandra/pod-tools.ts';
import { clearLeftovers } from '../../../../src/commands/backup/clear-leftovers.ts';
import { CainError } from '../../../../src/errors.ts';
import { readCatalog } from '../../../../src/store/catalog.ts';
import { manifestKey, runKey } from '../../../../src/store/layout.ts';
import { manifestBytes, tombstoneBytes } from '../../../../src/store/manifest.ts';
import { recordBytes } from '../../../../src/store/run-record.ts';
import type { Store } from '../../../../src/store/store.ts';
import { backupRun } from '../../../support/backup-run.ts';
import { withFaults } from '../../../support/faulty-store.ts';
import { goldenManifest } from '../../../support/golden-manifest.ts';
import { type MemoryStore, openMemoryStore } from '../../../support/memory-store.ts';

const { signal } = new AbortController();
const [committed, died, fenced, own] = [
  '20260101000000',
  '20260102000000',
  '20260103000000',
  '20260104000000',
] as const;

describe('clearLeftovers', () => {
  let bucket: MemoryStore;
  let cleared: string[];
  const tools: PodTools = {
    async run(pod, { args = [] }) {
      cleared.push(`${pod.name}: ${args.join(' ')}`);
      return new Map([['left', ['']]]);
    },
  };

  beforeEach(async () => {
    bucket = openMemoryStore();
    cleared = [];
    await bucket.put(manifestKey(committed), manifestBytes(goldenManifest(committed)));
    await bucket.put(manifestKey(fenced), tombstoneBytes);
    for (const tag of [committed, died, fenced]) {
      const record = { format: 1, tag, plan: 'default', startedAt: '', keyspaces: [], nodes: [] } as const;
      await bucket.put(runKey(tag), recordBytes(record));
    }
  });

  async function clear(store: Store = bucket, snapshots: Record<string, readonly string[]> = {}) {
    const nodes = { 'pod-0': ['/data'], 'pod-1': ['/data'] };
    const made = backupRun({ store, nodes, tools, tag: own });
    const survey = {
      ...made.survey,
      nodes: made.survey.nodes.map((node) => ({
        ...node,
        disks: { volumes: [], snapshotTags: snapshots[node.pod.name] ?? [] },
      })),
    };
    return await clearLeftovers({ ...made, survey }, await readCatalog(bucket, signal));
  }

  it('fences what died, adopts nothing else, and names all tags whose checkpoints may be reused', async () => {
    expect(await clear()).to.deep.equal([died, fenced]);

    expect(bucket.objects.get(manifestKey(died))?.bytes.equals(tombstoneBytes)).to.equal(true);
    const { backups } = await readCatalog(bucket, signal);
    expect(backups.map(({ tag }) => tag)).to.deep.equal([committed]);
  });

  it('leaves a run alone that turns out to have committed', async () => {
    const catalog = await readCatalog(bucket, signal);
    await bucket.put(manifestKey(died), manifestBytes(goldenManifest(died)));

    const run = backupRun({ store: bucket, nodes: {}, tools, tag: own });

    expect(await clearLeftovers(run, catalog)).to.deep.equal([fenced]);
  });

  it('clears the snapshots that are there, where they are', async () => {
    await clear(bucket, { 'pod-1': [died, fenced] });

    expect(cleared).to.deep.equal([`pod-1: cain-${died} cain-${fenced} -- /data`]);
  });

  it('aborts uploads of runs that are over, none of its own', async () => {
    const upload = (tag: string) => bucket.beginUpload(`shop/abcdef/${tag}/pod-0/users/nb-1-big-Data.db`);
    for (const tag of [committed, died, fenced, own]) await upload(tag);

    await clear();

    const left: string[] = [];
    for await (const { key } of bucket.listUploads('')) left.push(key);
    expect(left).to.deep.equal([`shop/abcdef/${own}/pod-0/users/nb-1-big-Data.db`]);
  });

  it('does not go on when it is in doubt about a run', async () => {
    const busy = new CainError('CAIN_STORE', 'busy', { retryable: true });
    const store = withFaults(bucket, [{ method: 'put', error: busy }]);

    expect(await clear(store).catch((error: unknown) => error)).to.equal(busy);
    store.assertAllHit();
  });
});
