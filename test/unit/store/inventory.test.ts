import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { type InventoryLine, inventoryRecord, parseInventoryLine } from '../../../src/store/inventory.ts';

const line: InventoryLine = {
  keyspace: 'shop',
  table: 'users',
  tableId: '0123456789abcdef0123456789abcdef',
  dataDirectory: '/data1',
  file: 'nb-1-big-Data.db',
  sizeBytes: 1479,
  mtime: '1795376120.573774934',
  inode: '18446744073709551615',
  digest: 4294967295,
  crc32: 4294967295,
  object: { key: 'shop/abcdef/20260101000000/pod-0/users/nb-1-big-Data.db', etag: '"abc"', versionId: 'v1' },
};
/** Written once and never changed: every later version must read it. */
const golden =
  '{"keyspace":"shop","table":"users","id":"0123456789abcdef0123456789abcdef","dir":"/data1","file":"nb-1-big-Data.db","size":1479,"mtime":"1795376120.573774934","inode":"18446744073709551615","crc32":4294967295,"key":"shop/abcdef/20260101000000/pod-0/users/nb-1-big-Data.db","etag":"\\"abc\\"","version":"v1"}';

describe('A line of an inventory', () => {
  it('is written and read to the letter', () => {
    expect(JSON.stringify(inventoryRecord(line))).to.equal(golden);
    expect(parseInventoryLine(JSON.parse(golden), 'line 1')).to.deep.equal(line);
  });

  it('loses neither the nanoseconds nor an inode beyond 2^53', () => {
    const { mtime, inode } = parseInventoryLine(JSON.parse(golden), 'line 1');

    expect([mtime, inode]).to.deep.equal(['1795376120.573774934', '18446744073709551615']);
  });

  it('has a digest only where it is of a Data.db', () => {
    const object = { ...line.object, key: line.object.key.replace('Data', 'Index') };
    const { digest: _, ...index } = { ...line, file: 'nb-1-big-Index.db', object };

    expect(parseInventoryLine(inventoryRecord(index), 'line 1')).to.deep.equal(index);
  });

  it('may say what its object is locked for, and then until when', () => {
    const lock = { mode: 'COMPLIANCE', until: '2026-12-09T14:00:01Z' } as const;
    const locked = { ...line, object: { ...line.object, lock } };
    const record = inventoryRecord(locked);

    expect(record).to.include({ lock: 'COMPLIANCE', lockedUntil: '2026-12-09T14:00:01Z' });
    expect(parseInventoryLine(record, 'line 1')).to.deep.equal(locked);
    for (const wrong of [{ lock: 'NONE' }, { lockedUntil: 'forever' }, { lockedUntil: undefined }])
      expect(() => parseInventoryLine({ ...record, ...wrong }, 'line 1')).to.throw(CainError);
  });

  it('may lack the version', () => {
    const { versionId: _, ...object } = line.object;

    expect(parseInventoryLine(inventoryRecord({ ...line, object }), 'line 1')).to.deep.equal({
      ...line,
      object,
    });
  });

  for (const name of Object.keys(JSON.parse(golden)).filter((each) => each !== 'version')) {
    it(`is refused without "${name}", with the place`, () => {
      const { [name]: _, ...rest } = JSON.parse(golden);

      expect(() => parseInventoryLine(rest, 'line 7'))
        .to.throw(CainError, 'line 7')
        .with.property('code', 'CAIN_FORMAT');
    });
  }
});
