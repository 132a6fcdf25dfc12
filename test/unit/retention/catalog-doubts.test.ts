import { expect } from 'chai';
import { checkCatalog } from '../../../src/retention/catalog-doubts.ts';
import { readCatalog } from '../../../src/store/catalog.ts';
import { expiredKey, inventoryKey, manifestKey, runKey } from '../../../src/store/layout.ts';
import { type Manifest, manifestBytes } from '../../../src/store/manifest.ts';
import { rejection } from '../../support/error-code.ts';
import { dayMs, type History, hourMs, startHistory } from '../../support/history.ts';
import { runSweep } from '../../support/run-sweep.ts';

/** An expired backup past its grace and a live one after it: there is something to delete, and nothing may go. */
async function doubtful(): Promise<{ history: History; old: string; live: string }> {
  const history = startHistory();
  const old = await history.backup({ nodes: { 'pod-0': ['a', 'b'] } });
  history.wait(hourMs);
  const live = await history.backup({ nodes: { 'pod-0': [`a@${old}`] } });
  await history.expire(old);
  history.wait(2 * dayMs);
  return { history, old, live };
}

async function readManifest(history: History, tag: string): Promise<Manifest> {
  const { backups } = await readCatalog(history.store, new AbortController().signal);
  const manifest = backups.find((backup) => backup.tag === tag);
  if (!manifest) throw new Error(`no backup ${tag}`);
  return manifest;
}

async function expectStop(history: History, message: RegExp): Promise<void> {
  const before = history.keys('');

  const error = await rejection(runSweep(history), 'CAIN_PRUNE_STOPPED');

  expect(error.message)
    .to.match(/^Prune stopped, nothing more was deleted: /)
    .and.to.match(message);
  expect(error.hint).to.match(/^[A-Z].*\.$/);
  expect(history.keys('')).to.deep.equal(before);
}

describe('checkCatalog', () => {
  it('stops when a live manifest names a backup that is neither there nor recorded as expired', async () => {
    const { history, old, live } = await doubtful();
    history.store.objects.delete(expiredKey(old));
    for (const key of history.keys(`.cain/backups/${old}/`)) history.store.objects.delete(key);

    await expectStop(history, new RegExp(`backup ${live} knew backup ${old}`));
  });

  it('stops when the expiry record of a backup with inventories is gone', async () => {
    const { history, old } = await doubtful();
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['c'] } });
    history.store.objects.delete(expiredKey(old));

    await expectStop(history, new RegExp(old));
  });

  it('stops when a manifest is gone whose inventories are there', async () => {
    const { history, live } = await doubtful();
    history.store.objects.delete(manifestKey(live));

    await expectStop(history, new RegExp(`manifest of backup ${live} is missing`));
  });

  it('stops when a manifest names a tag that was never anything but fenced', async () => {
    const { history } = await doubtful();
    const crashed = await history.crash({ nodes: { 'pod-0': ['x'] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': ['y'] }, completeTags: [crashed] });
    await rejection(runSweep(history), 'CAIN_PRUNE_STOPPED');

    await expectStop(history, new RegExp(crashed));
  });

  it('stops when the newest backup of a plan is recorded as expired', async () => {
    const { history, live } = await doubtful();
    const manifest = history.store.objects.get(manifestKey(live));
    await history.expire(live);
    if (manifest) history.store.objects.set(manifestKey(live), manifest);

    await expectStop(history, /is the newest of plan default/);
  });

  it('stops when no backup is there that is newer than an expired one of its plan', async () => {
    const { history, live } = await doubtful();
    await history.backup({ plan: 'other', nodes: { 'pod-0': ['x'] }, completeTags: [] });
    // As a listing that misses the newest.
    for (const key of history.keys(`.cain/backups/${live}/`)) history.store.objects.delete(key);

    await expectStop(history, /plan default is recorded as expired, but no newer backup/);
  });

  it("stops when the run's own backup is not there", async () => {
    const { history } = await doubtful();
    const ownTag = await history.crash({ nodes: { 'pod-0': ['x'] } });
    const before = history.keys('');

    const error = await rejection(runSweep(history, { ownTag }), 'CAIN_PRUNE_STOPPED');

    expect(error.message).to.contain(ownTag);
    expect(history.keys('')).to.deep.equal(before);
  });

  it('stops when checkpoints lie there without the record of their run', async () => {
    const { history } = await doubtful();
    const crashed = await history.crash({ nodes: { 'pod-0': ['x'] } });
    history.store.objects.delete(runKey(crashed));
    await rejection(runSweep(history), 'CAIN_PRUNE_STOPPED');

    await expectStop(history, new RegExp(`record of run ${crashed} is missing`));
  });

  it('stops when a manifest that is about to go names a backup that is lost', async () => {
    const { history, old, live } = await doubtful();
    const naming = await history.backup({ plan: 'other', nodes: { 'pod-0': ['x'] }, completeTags: [old] });
    history.wait(hourMs);
    await history.backup({ plan: 'other', nodes: { 'pod-0': ['y'] }, completeTags: [live] });
    const manifest = history.store.objects.get(manifestKey(naming));
    await history.expire(naming);
    if (manifest) history.store.objects.set(manifestKey(naming), manifest);
    const { completeTags: _, ...rest } = await readManifest(history, live);
    await history.store.put(manifestKey(live), manifestBytes({ ...rest, completeTags: [] }));
    for (const key of history.keys('.cain/').filter((each) => each.includes(old))) {
      history.store.objects.delete(key);
    }

    await expectStop(history, new RegExp(`backup ${naming} knew backup ${old}`));
  });

  it('finds nothing odd in a run that has not been fenced yet', async () => {
    const { history } = await doubtful();
    const running = await history.crash({ nodes: { 'pod-0': ['x'] } });
    await history.store.put(inventoryKey(running, 'pod-0'), Buffer.from('half'));

    checkCatalog(await readCatalog(history.store, new AbortController().signal));
  });

  it('finds nothing odd in a run that has just begun', async () => {
    const { history } = await doubtful();
    const crashed = await history.crash({ nodes: { 'pod-0': ['x'] } });
    await history.store.put(inventoryKey(crashed, 'pod-0'), Buffer.from('half'));

    await runSweep(history);

    expect(history.keys().some((key) => key.includes(crashed))).to.equal(false);
  });
});
