import { expect } from 'chai';
import fc from 'fast-check';
import { readReusable } from '../../../src/commands/backup/reuse.ts';
import { tableKey } from '../../../src/commands/backup/table-key.ts';
import { CainError } from '../../../src/errors.ts';
import { fence, readCatalog, readCatalogWithDoubts, unfinishedTags } from '../../../src/store/catalog.ts';
import { parseInventoryLine, type SnapshotFile } from '../../../src/store/inventory.ts';
import { readJsonLines } from '../../../src/store/json-lines.ts';
import type { Store } from '../../../src/store/store.ts';
import { type History, hourMs, objectKey, startHistory } from '../../support/history.ts';
import { recordLog } from '../../support/recording-log.ts';
import { runSweep } from '../../support/run-sweep.ts';

const { signal } = new AbortController();
const pod = 'pod-1';
const files = ['a', 'b', 'c'];
const tableId = '1b255f4def2540a60000000000000001';

/** Calls `before` with the number of each request that reaches the store. */
function watched(store: Store, before: (request: number) => Promise<void>): Store {
  let requests = 0;
  const next = async () => await before(++requests);
  async function* listed<T>(list: () => AsyncIterable<T>): AsyncIterable<T> {
    await next();
    yield* list();
  }
  async function counted<T>(request: () => Promise<T>): Promise<T> {
    await next();
    return await request();
  }
  return {
    ...store,
    put: (...args) => counted(() => store.put(...args)),
    get: (...args) => counted(() => store.get(...args)),
    head: (...args) => counted(() => store.head(...args)),
    delete: (...args) => counted(() => store.delete(...args)),
    list: (...args) => listed(() => store.list(...args)),
    listNames: (...args) => listed(() => store.listNames(...args)),
  };
}

/** A backup beside the sweep: each call of `step` takes it one step further. It reuses what it can of the run that died. */
function backupBeside(history: History, died: string) {
  let fencedTags: readonly string[] = [];
  let tag = '';
  let adopted: readonly string[] = [];
  let hasCommitted = false;
  const steps = [
    async () => {
      const catalog = await readCatalogWithDoubts(history.store, signal);
      const fenced = [...catalog.abandoned.map((abandoned) => abandoned.tag)];
      for (const unfinished of unfinishedTags(catalog)) {
        if (await fence(history.store, unfinished, signal)) fenced.push(unfinished);
      }
      fencedTags = fenced;
    },
    async () => {
      history.wait(1000);
      tag = await history.crash({ nodes: {} });
    },
    async () => {
      const catalog = await readCatalogWithDoubts(history.store, signal);
      const node = { pod, hostId: `host of ${pod}`, tables: new Set([tableKey('shop', tableId)]) };
      const reusable = await readReusable(
        history.store,
        node,
        { catalog, fencedTags },
        { signal, log: recordLog() },
      );
      adopted = files.filter((file) => reusable.find(snapshotFile(history, died, file)));
    },
    async () => {
      try {
        await history.commit(tag, { nodes: { [pod]: adopted.map((file) => `${file}@${died}`) } });
        hasCommitted = true;
      } catch (error) {
        if (!(error instanceof CainError) || error.code !== 'CAIN_STORE_EXISTS') throw error;
      }
    },
  ];
  return {
    step: async () => await steps.shift()?.(),
    outcome: () => ({ adopted, hasCommitted }),
  };
}

function snapshotFile(history: History, tag: string, file: string): SnapshotFile {
  return {
    keyspace: 'shop',
    table: 'orders',
    tableId,
    dataDirectory: '/var/lib/cassandra/data',
    file,
    sizeBytes:
      history.store.objects.get(objectKey({ tag, pod, file }))?.bytes.length ??
      `${tag} ${pod} ${file}`.length,
    mtime: '1735696800.000000000',
    inode: '42',
  };
}

async function expectNothingHollow(history: History): Promise<void> {
  for (const { nodes } of (await readCatalog(history.store, signal)).backups) {
    for (const { inventory } of nodes) {
      for await (const value of readJsonLines(history.store, inventory.key)) {
        const { key } = parseInventoryLine(value, inventory.key).object;
        expect(history.has(key), key).to.equal(true);
      }
    }
  }
}

/** The backup takes its four steps before these requests of the sweep. */
async function playAt(
  moments: readonly number[],
): Promise<{ adopted: readonly string[]; hasCommitted: boolean; requests: number }> {
  const history = startHistory();
  await history.backup({ nodes: { [pod]: ['z'] } });
  history.wait(hourMs);
  const died = await history.crash({ nodes: { [pod]: files } });
  history.wait(hourMs);
  const backup = backupBeside(history, died);
  let requests = 0;
  const store = watched(history.store, async (request) => {
    requests = request;
    for (const moment of moments) if (moment === request) await backup.step();
  });
  try {
    await runSweep(history, { store });
  } catch (error) {
    if (!(error instanceof CainError) || error.code !== 'CAIN_PRUNE_STOPPED') throw error;
  }
  for (const _ of moments) await backup.step();
  await expectNothingHollow(history);
  return { ...backup.outcome(), requests };
}

describe('a sweep beside a backup that adopts what it deletes, neither with the Lease', function () {
  this.timeout(120_000);

  it('never leaves a backup without its objects, whatever comes first', async () => {
    const { requests } = await playAt([0, 0, 0, 0]);
    let adoptions = 0;
    const moment = fc.integer({ min: 1, max: requests + 5 });

    await fc.assert(
      fc.asyncProperty(fc.array(moment, { minLength: 4, maxLength: 4 }), async (moments) => {
        const { adopted } = await playAt(moments.toSorted((a, b) => a - b));
        if (adopted.length > 0) adoptions++;
      }),
      { numRuns: 150, examples: [[[1, 7, 11, 16]]] },
    );

    expect(adoptions, 'runs that adopted anything').to.be.greaterThan(0);
  });

  it('lets a backup adopt as long as nothing of it is about to go', async () => {
    const { adopted, hasCommitted } = await playAt([1, 1, 1, 1]);

    expect(adopted).to.deep.equal(files);
    expect(hasCommitted).to.equal(true);
  });
});
