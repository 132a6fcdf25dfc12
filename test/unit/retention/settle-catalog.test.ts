import { expect } from 'chai';
import { settleCatalog } from '../../../src/retention/settle-catalog.ts';
import { manifestKey } from '../../../src/store/layout.ts';
import { manifestBytes } from '../../../src/store/manifest.ts';
import type { Store } from '../../../src/store/store.ts';
import { rejection } from '../../support/error-code.ts';
import { withTag } from '../../support/golden-manifest.ts';
import { hourMs, startHistory } from '../../support/history.ts';
import { recordLog } from '../../support/recording-log.ts';

const { signal } = new AbortController();

describe('settleCatalog', () => {
  it('fences every unfinished run and says so', async () => {
    const history = startHistory();
    const one = await history.crash({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    const two = await history.crash({ nodes: { 'pod-0': ['a'] } });
    const log = recordLog();

    const catalog = await settleCatalog(history.store, { signal, log });

    expect(catalog.abandoned.map(({ tag }) => tag)).to.deep.equal([one, two]);
    expect(log.lines.map(({ fields }) => fields.abandonedTag)).to.deep.equal([one, two]);
  });

  it('leaves its own run alone', async () => {
    const history = startHistory();
    const ownTag = await history.crash({ nodes: { 'pod-0': ['a'] } });

    const catalog = await settleCatalog(history.store, { ownTag, signal, log: recordLog() });

    expect(catalog.abandoned).to.be.empty;
    expect(history.has(manifestKey(ownTag))).to.equal(false);
  });

  it('takes a run that commits while it looks for the backup that it is', async () => {
    const history = startHistory();
    const other = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.wait(hourMs);
    const late = await history.crash({ nodes: { 'pod-0': ['b'] } });
    const manifest = history.manifests.get(other);
    if (!manifest) throw new Error('no manifest');
    const committing: Store = {
      ...history.store,
      async put(key, body, options) {
        await history.store.put(manifestKey(late), manifestBytes(withTag(manifest, late)));
        return await history.store.put(key, body, options);
      },
    };

    const catalog = await settleCatalog(committing, { signal, log: recordLog() });

    expect(catalog.backups.map(({ tag }) => tag)).to.deep.equal([other, late]);
    expect(catalog.abandoned).to.be.empty;
  });

  it('gives up when runs keep beginning', async () => {
    const history = startHistory();
    await history.crash({ nodes: { 'pod-0': ['a'] } });
    const busy: Store = {
      ...history.store,
      async put(key, body, options) {
        const stored = await history.store.put(key, body, options);
        history.wait(1000);
        await history.crash({ nodes: { 'pod-0': ['a'] } });
        return stored;
      },
    };

    await rejection(settleCatalog(busy, { signal, log: recordLog() }), 'CAIN_PRUNE_STOPPED');
  });
});
