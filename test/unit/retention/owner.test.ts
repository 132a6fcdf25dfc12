import { expect } from 'chai';
import { claimOwner, type OwnerClaim, readOwner } from '../../../src/retention/owner.ts';
import { ownerKey } from '../../../src/store/layout.ts';
import type { Store } from '../../../src/store/store.ts';
import { rejection } from '../../support/error-code.ts';
import { openMemoryStore } from '../../support/memory-store.ts';

const { signal } = new AbortController();

function claimBy(hostIds: readonly string[], rest: Partial<OwnerClaim> = {}): OwnerClaim {
  let count = 0;
  return { hostIds, signal, newId: () => `id-${hostIds.join('')}-${++count}`, ...rest };
}

/** Lets another ring's claim in right before the first put. */
function overtaken(store: Store, by: OwnerClaim): Store {
  let isFirst = true;
  return {
    ...store,
    async put(key, body, options) {
      if (isFirst) {
        isFirst = false;
        await claimOwner(store, by);
      }
      return await store.put(key, body, options);
    },
  };
}

describe('claimOwner', () => {
  it('creates the record of an unclaimed prefix', async () => {
    const store = openMemoryStore();

    const record = await claimOwner(store, claimBy(['b', 'a']));

    expect(record).to.deep.equal({ format: 1, id: 'id-ba-1', hostIds: ['a', 'b'] });
    expect((await readOwner(store, signal))?.record).to.deep.equal(record);
  });

  it('writes nothing when the ring is the one that is recorded, or a part of it', async () => {
    const store = openMemoryStore();
    await claimOwner(store, claimBy(['a', 'b', 'c']));
    const written = store.objects.get(ownerKey);

    await claimOwner(store, claimBy(['c', 'b', 'a']));
    await claimOwner(store, claimBy(['b']));

    expect(store.objects.get(ownerKey)).to.equal(written);
  });

  it('adds new nodes and drops none: one that is down tonight may be the one that answers tomorrow', async () => {
    const store = openMemoryStore();
    const { id } = await claimOwner(store, claimBy(['a', 'b']));

    const record = await claimOwner(store, claimBy(['b', 'c']));

    expect(record).to.deep.equal({ format: 1, id, hostIds: ['a', 'b', 'c'] });
    expect((await readOwner(store, signal))?.record).to.deep.equal(record);
  });

  it('refuses a ring that shares no node, and names the id to adopt', async () => {
    const store = openMemoryStore();
    const { id } = await claimOwner(store, claimBy(['a']));
    const written = store.objects.get(ownerKey);

    for (const adopt of [undefined, 'another']) {
      const error = await rejection(claimOwner(store, claimBy(['x'], { adopt })), 'CAIN_FOREIGN_PREFIX');
      expect(error.hint).to.contain(`CAIN_ADOPT=${id}`);
    }

    expect(store.objects.get(ownerKey)).to.equal(written);
  });

  it('refuses a claim without any node', async () => {
    const store = openMemoryStore();
    await claimOwner(store, claimBy(['a']));

    await rejection(claimOwner(store, claimBy([])), 'CAIN_FOREIGN_PREFIX');
  });

  it('adopts once: afterwards neither the old ring nor the old id opens the prefix', async () => {
    const store = openMemoryStore();
    const { id: adopt } = await claimOwner(store, claimBy(['a']));

    const record = await claimOwner(store, claimBy(['x', 'y'], { adopt }));

    expect(record).to.deep.equal({ format: 1, id: 'id-xy-1', hostIds: ['x', 'y'] });
    await claimOwner(store, claimBy(['y'], { adopt }));
    await rejection(claimOwner(store, claimBy(['a'], { adopt })), 'CAIN_FOREIGN_PREFIX');
  });

  it('leaves the record alone when an id is given to a ring that needs none', async () => {
    const store = openMemoryStore();
    const { id: adopt } = await claimOwner(store, claimBy(['a']));
    const written = store.objects.get(ownerKey);

    await claimOwner(store, claimBy(['a'], { adopt }));

    expect(store.objects.get(ownerKey)).to.equal(written);
  });

  it('loses a race for an unclaimed prefix to another ring, and is refused', async () => {
    const store = openMemoryStore();

    await rejection(claimOwner(overtaken(store, claimBy(['a'])), claimBy(['x'])), 'CAIN_FOREIGN_PREFIX');

    expect((await readOwner(store, signal))?.record.hostIds).to.deep.equal(['a']);
  });

  it('adds its nodes to those that a run of the same ring added meanwhile', async () => {
    const store = openMemoryStore();
    await claimOwner(store, claimBy(['a']));

    await claimOwner(overtaken(store, claimBy(['a', 'b'])), claimBy(['a', 'c']));

    expect((await readOwner(store, signal))?.record.hostIds).to.deep.equal(['a', 'b', 'c']);
  });

  it('loses a race to adopt, and is refused', async () => {
    const store = openMemoryStore();
    const { id: adopt } = await claimOwner(store, claimBy(['a']));

    await rejection(
      claimOwner(overtaken(store, claimBy(['x'], { adopt })), claimBy(['y'], { adopt })),
      'CAIN_FOREIGN_PREFIX',
    );

    expect((await readOwner(store, signal))?.record.hostIds).to.deep.equal(['x']);
  });

  it('does not take a damaged record for none', async () => {
    const store = openMemoryStore();
    await store.put(ownerKey, Buffer.from('{"format":2}'));

    await rejection(claimOwner(store, claimBy(['a'])), 'CAIN_FORMAT');
  });
});
