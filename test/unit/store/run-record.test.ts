import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { inventoryKey } from '../../../src/store/layout.ts';
import {
  parseDamagedRecord,
  parseExpiredRecord,
  parseOwnerRecord,
  parseRunRecord,
  recordBytes,
} from '../../../src/store/run-record.ts';

const tag = '20260101000000';
const keyspaces = [{ name: 'shop', sum: 'abcdef' }];
const records = {
  run: {
    record: {
      format: 1,
      tag,
      plan: 'nightly',
      startedAt: '2026-01-01T00:00:00.000Z',
      keyspaces,
      nodes: [{ pod: 'pod-0', hostId: 'h' }],
    },
    parse: parseRunRecord,
  },
  expired: {
    record: {
      format: 1,
      tag,
      plan: 'nightly',
      keyspaces,
      nodes: [
        {
          pod: 'pod-0',
          hostId: 'h',
          inventoryKey: inventoryKey(tag, 'pod-0'),
          inventorySha256: 'a'.repeat(64),
        },
      ],
    },
    parse: parseExpiredRecord,
  },
  owner: { record: { format: 1, id: 'an-id', hostIds: ['h'] }, parse: parseOwnerRecord },
  damaged: { record: { format: 1, objects: ['a/b'] }, parse: parseDamagedRecord },
} as const;

for (const [name, { record, parse }] of Object.entries(records)) {
  describe(`The record "${name}"`, () => {
    it('is read as it was written', () => {
      expect(parse(recordBytes(record), 'the key')).to.deep.equal(record);
    });

    it('of a newer format, damaged or empty is refused with its key', () => {
      const damaged = [
        Buffer.from(JSON.stringify({ ...record, format: 2 })),
        recordBytes(record).subarray(0, 10),
        Buffer.alloc(0),
        ...Object.keys(record).map((member) =>
          Buffer.from(JSON.stringify({ ...record, [member]: undefined })),
        ),
      ];
      for (const bytes of damaged) {
        expect(() => parse(bytes, 'the key'), bytes.toString())
          .to.throw(CainError, 'the key')
          .with.property('code', 'CAIN_FORMAT');
      }
    });
  });
}
