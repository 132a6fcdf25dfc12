import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { readCatalogWithDoubts } from '../../../src/store/catalog.ts';
import { type InventoryLine, inventoryRecord, parseInventoryLine } from '../../../src/store/inventory.ts';
import { readJsonLines } from '../../../src/store/json-lines.ts';
import { expiredKey, manifestKey } from '../../../src/store/layout.ts';
import { manifestBytes, parseManifest } from '../../../src/store/manifest.ts';
import { readObject } from '../../../src/store/read-object.ts';
import { parseExpiredRecord } from '../../../src/store/run-record.ts';
import type { Store } from '../../../src/store/store.ts';
import { parseTopology } from '../../../src/store/topology-record.ts';
import { rejection } from '../../support/error-code.ts';
import { goldenManifest } from '../../support/golden-manifest.ts';
import { openMemoryStore } from '../../support/memory-store.ts';
import { collect } from './conformance/collect.ts';

const { signal } = new AbortController();
const tag = '20260101000000';
const manifest = goldenManifest(tag);
const line: InventoryLine = {
  keyspace: 'shop',
  table: 'users',
  tableId: '0123456789abcdef0123456789abcdef',
  dataDirectory: '/data1',
  file: 'nb-1-big-Data.db',
  sizeBytes: 10,
  mtime: '1795376120.573774934',
  inode: '4711',
  crc32: 7,
  object: { key: `shop/abcdef/${tag}/pod-0/users/nb-1-big-Data.db`, etag: '"e"' },
};

/** What whoever can write to the bucket may try for a name. */
const hostileNames = [
  '',
  '.',
  '..',
  '../../etc',
  'a/b',
  '/etc/cron.d/x',
  'a\nb',
  'a\u0000b',
  '\u001b[2J',
  '\u009b31m',
  'a;DROP KEYSPACE shop',
  '$(reboot)',
  'x'.repeat(5000),
];

describe('A hostile bucket', () => {
  for (const member of ['keyspace', 'table', 'id', 'dir', 'file', 'mtime', 'inode', 'key', 'etag'] as const) {
    it(`gets no other form of "${member}" past an inventory`, () => {
      // A directory may be called anything, and never becomes part of a path: it is only compared.
      const names = hostileNames.filter(
        (name) =>
          (member !== 'dir' || !name.startsWith('/')) && (member !== 'etag' || /[\p{Cc}]|x{5}/u.test(name)),
      );
      for (const name of names) {
        const record = { ...inventoryRecord(line), [member]: name };

        expect(() => parseInventoryLine(record, 'line 1'), JSON.stringify(name)).to.throw('line 1');
      }
    });
  }

  it('gets no file past an inventory that is called as its path would lead out of the staging, be the key the same', () => {
    for (const file of ['..', '.', 'nb-1-big-SI_/../../../../etc/cron.d/x.db', 'a/../b']) {
      const key = `shop/abcdef/${tag}/pod-0/users/${file}`;
      const record = { ...inventoryRecord(line), file, key };

      expect(() => parseInventoryLine(record, 'line 1'), file).to.throw('line 1');
    }
  });

  for (const member of ['size', 'crc32'] as const) {
    it(`gets no number past an inventory that "${member}" can't be`, () => {
      for (const wrong of [-2, 0.5, 2 ** 53, 1e300, '7', null]) {
        const record = { ...inventoryRecord(line), [member]: wrong };

        expect(() => parseInventoryLine(record, 'line 1'), String(wrong)).to.throw('line 1');
      }
    });
  }

  it('gets no record past a manifest that lies anywhere but where its own lie', () => {
    const elsewhere = ['', '../x', '/x', `.cain/backups/20250101000000/topology.json.gz`, 'shop/schema.cql'];
    const [node] = manifest.nodes;
    for (const key of elsewhere) {
      for (const changed of [
        { ...manifest, topology: { ...manifest.topology, key } },
        { ...manifest, schema: { ...manifest.schema, key } },
        { ...manifest, nodes: [{ ...node, inventory: { ...node?.inventory, key } }] },
      ]) {
        expect(() => parseManifest(Buffer.from(JSON.stringify(changed)), 'm'), key).to.throw('"key" is not');
      }
    }
  });

  it('gets no name past a manifest that a key, a terminal or CQL would obey', () => {
    for (const name of hostileNames) {
      const [keyspace] = manifest.keyspaces;
      const [node] = manifest.nodes;
      for (const changed of [
        { ...manifest, tag: name },
        { ...manifest, plan: name },
        { ...manifest, nodes: [{ ...node, pod: name }] },
        { ...manifest, keyspaces: [{ ...keyspace, name }] },
        { ...manifest, keyspaces: [{ ...keyspace, sum: name }] },
        { ...manifest, completeTags: [name] },
      ]) {
        expect(() => parseManifest(Buffer.from(JSON.stringify(changed)), 'm'), JSON.stringify(name)).to.throw(
          'm',
        );
      }
    }
  });

  it('gets no inventory past an expiry record that is not of that backup', () => {
    const record = {
      format: 1,
      tag,
      plan: 'default',
      keyspaces: [],
      nodes: [
        { pod: 'pod-0', hostId: 'h', inventoryKey: '.cain/owner.json', inventorySha256: 'a'.repeat(64) },
      ],
    };

    expect(() => parseExpiredRecord(Buffer.from(JSON.stringify(record)), 'e')).to.throw('inventoryKey');
  });

  it('stops nothing with a record of a million brackets, or with members of every object', async () => {
    const bucket = openMemoryStore();
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
    await bucket.put(manifestKey(tag), Buffer.from(deep));
    await bucket.put(expiredKey('20260102000000'), Buffer.from(`{"format":1,"tag":${deep}}`));
    await bucket.put(manifestKey('20260103000000'), Buffer.from('{"__proto__":{"abandoned":true}}'));

    const { unreadable, abandoned } = await readCatalogWithDoubts(bucket, signal);

    expect(unreadable).to.have.length(3);
    expect(abandoned).to.be.empty;
  });

  describe('with little that unpacks to much', () => {
    it('does not fill the memory with a topology', () => {
      const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024, ' '));

      expect(bomb.length).to.be.lessThan(100 * 1024);
      expect(() => parseTopology(bomb, 't')).to.throw('too large');
    });

    it('does not go through lines for hours', async () => {
      const bucket = openMemoryStore();
      await bucket.put('bomb', gzipSync(Buffer.alloc(40 * 1024 * 1024, `{}${' '.repeat(100_000)}\n`)));

      const error = await rejection(collect(readJsonLines(bucket, 'bomb')), 'CAIN_FORMAT');

      expect(error.message).to.contain('unpacks to more than');
    });

    it('reads no more lines than a manifest says there are, and none that is longer than a line can be', async () => {
      const bucket = openMemoryStore();
      await bucket.put('many', gzipSync('{}\n'.repeat(11)));
      await bucket.put('long', gzipSync(`{"a":"${'x'.repeat(40_000)}"}\n`));

      expect(await collect(readJsonLines(bucket, 'many', { mostLines: 11 }))).to.have.length(11);
      await rejection(collect(readJsonLines(bucket, 'many', { mostLines: 10 })), 'CAIN_FORMAT');
      await rejection(
        collect(readJsonLines(bucket, 'long', { mostLines: 1, longestLineBytes: 16 * 1024 })),
        'CAIN_FORMAT',
      );
    });

    it('does not gather a body that is longer than it said', async () => {
      const bucket = openMemoryStore();
      await bucket.put('x', Buffer.from('{}'));
      const store: Store = {
        ...bucket,
        async get(key, options) {
          const object = await bucket.get(key, options);
          async function* endless() {
            for (;;) yield Buffer.alloc(16 * 1024 * 1024);
          }
          return { ...object, body: { [Symbol.asyncIterator]: endless, destroy() {} } };
        },
      };

      await rejection(readObject(store, 'x', signal), 'CAIN_FORMAT');
    });
  });

  it('and whatever else it holds: records are read as they must be, or refused', () => {
    const text = Buffer.from(manifestBytes(manifest)).toString();
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 5 }), (at, noise) => {
        const changed = Buffer.from(text.slice(0, at) + noise + text.slice(at + noise.length));
        let found: unknown;
        try {
          found = parseManifest(changed, 'm');
        } catch (error) {
          expect(error).to.have.property('code', 'CAIN_FORMAT');
          return;
        }
        expect(found).to.satisfy((record: object) => 'abandoned' in record || 'tag' in record);
      }),
      { numRuns: 500 },
    );
  });
});
