import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  checkpointKey,
  damagedKey,
  expiredKey,
  inventoryKey,
  manifestKey,
  ownerKey,
  probePrefix,
  runKey,
  schemaTextKey,
  topologyKey,
} from '../../../src/store/layout.ts';
import type { Store } from '../../../src/store/store.ts';
import { dayMs, hourMs, markKey, objectKey, startHistory } from '../../support/history.ts';
import { runSweep } from '../../support/run-sweep.ts';
import { runVerify } from '../../support/run-verify.ts';

const folder = new URL('../../../docs/policies/', import.meta.url);
const prefix = 'cassandra/databases/Test Cluster/';
const roles = ['writer', 'pruner', 'restorer', 'verifier'] as const;
type Role = (typeof roles)[number];

interface Policy {
  readonly Version: string;
  readonly Statement: ReadonlyArray<{
    readonly Effect: string;
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
  }>;
}

function read(name: Role | 'locks-and-tags'): Policy {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
}

/** As IAM takes it where there is nothing but Allow: a `*` is any text, slashes too. */
function allows(role: Role, action: string, key?: string): boolean {
  const resource = `arn:aws:s3:::backups${key === undefined ? '' : `/${prefix}${key}`}`;
  return read(role).Statement.some(
    ({ Action, Resource }) =>
      Action.includes(`s3:${action}`) && Resource.some((pattern) => fits(resource, pattern)),
  );
}

function fits(text: string, pattern: string): boolean {
  const literal = (part: string): string => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(`^${pattern.split('*').map(literal).join('.*')}$`).test(text);
}

/** Refuses what the role may not, as AWS would. */
function asRole(store: Store, role: Role): Store {
  function check(action: string, key?: string): void {
    if (!allows(role, action, key)) throw new Error(`${role} may not ${action} ${key ?? 'the bucket'}`);
  }
  return {
    ...store,
    async put(key, body, options) {
      check('PutObject', key);
      return await store.put(key, body, options);
    },
    async get(key, options) {
      check('GetObject', key);
      return await store.get(key, options);
    },
    async head(key, options) {
      check('GetObject', key);
      return await store.head(key, options);
    },
    async delete(keys, options) {
      for (const key of keys) check('DeleteObject', key);
      return await store.delete(keys, options);
    },
    list(...args) {
      check('ListBucket');
      return store.list(...args);
    },
    listNames(...args) {
      check('ListBucket');
      return store.listNames(...args);
    },
  };
}

const tag = '20260101000000';
const data = objectKey({ tag, file: 'a' });
const records = [
  manifestKey(tag),
  inventoryKey(tag, 'pod-0'),
  topologyKey(tag),
  runKey(tag),
  checkpointKey(tag, 'pod-0', 1),
  expiredKey(tag),
  damagedKey(tag),
  ownerKey,
  `${probePrefix}x`,
  schemaTextKey('shop', 'aaaaaa'),
  markKey(tag),
];
const everything = [data, ...records];

describe('the policies of docs/policies', () => {
  it('are those four and what locks and tags need beside them, each of nothing but allowed actions on the bucket and below its prefix', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    const names = [...roles, 'locks-and-tags'] as const;
    expect(files.toSorted()).to.deep.equal(names.map((name) => `${name}.json`).toSorted());
    for (const name of names) {
      const { Version, Statement } = read(name);
      expect(Version).to.equal('2012-10-17');
      for (const { Effect, Action, Resource } of Statement) {
        expect(Effect).to.equal('Allow');
        for (const action of Action) expect(action).to.match(/^s3:[A-Z][A-Za-z]+$/);
        for (const resource of Resource)
          expect(resource).to.match(/^arn:aws:s3:::backups(\/cassandra\/\*.*)?$/);
      }
    }
  });

  const mayPut: Readonly<Record<Role, readonly string[]>> = {
    writer: everything,
    pruner: [manifestKey(tag), runKey(tag), checkpointKey(tag, 'pod-0', 1), expiredKey(tag), markKey(tag)],
    restorer: [],
    verifier: [damagedKey(tag)],
  };
  const mayDelete: Readonly<Record<Role, readonly string[]>> = {
    writer: [runKey(tag), checkpointKey(tag, 'pod-0', 1), `${probePrefix}x`, markKey(tag)],
    pruner: everything,
    restorer: [],
    verifier: [],
  };
  for (const role of roles) {
    it(`let the ${role} read all, and change only what the threat model says`, () => {
      const allowed = (action: string) => everything.filter((key) => allows(role, action, key));

      expect(allows(role, 'ListBucket')).to.equal(true);
      expect(allowed('GetObject')).to.deep.equal(everything);
      expect(allowed('PutObject')).to.have.members(mayPut[role]);
      expect(allowed('DeleteObject')).to.have.members(mayDelete[role]);
    });
  }

  it('let the pruner do all that a sweep does', async () => {
    const history = startHistory();
    const old = await history.backup({ nodes: { 'pod-0': ['a', 'b'] } });
    history.wait(hourMs);
    const died = await history.crash({ nodes: { 'pod-0': ['c'] } });
    history.wait(hourMs);
    await history.backup({ nodes: { 'pod-0': [`a@${old}`] }, leavesRunRecord: true });
    await history.expire(old);
    history.wait(2 * dayMs);
    const store = asRole(history.store, 'pruner');

    const { deletedObjects } = await runSweep(history, { store });
    history.wait(2 * dayMs);
    await runSweep(history, { store });

    expect(deletedObjects).to.equal(2);
    expect(history.keys('').filter((key) => key.includes(died))).to.be.empty;
  });

  it('let the verifier mark what it finds', async () => {
    const history = startHistory();
    const broken = await history.backup({ nodes: { 'pod-0': ['a'] } });
    history.store.objects.delete(objectKey({ tag: broken, file: 'a' }));

    await runVerify(asRole(history.store, 'verifier'));

    expect(history.has(damagedKey(broken))).to.equal(true);
  });

  it('let the restorer verify what is whole', async () => {
    const history = startHistory();
    await history.backup({ nodes: { 'pod-0': ['a'] } });

    const { damaged } = await runVerify(asRole(history.store, 'restorer'), { isFull: true });

    expect(damaged).to.be.empty;
  });
});
