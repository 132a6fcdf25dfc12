import { expect } from 'chai';
import { createStreamClaims } from '../../../src/transfer/stream-claims.ts';
import type { TransferItem } from '../../../src/transfer/upload-options.ts';

describe('claims of a stream', () => {
  let stored: string[];
  let bytes: number;

  beforeEach(() => {
    stored = [];
    bytes = 0;
  });

  function item(file: string, sizeBytes: number, digest?: number): TransferItem {
    const where = { keyspace: 'shop', table: 'users', tableId: '0'.repeat(32), dataDirectory: '/data' };
    const known = { ...where, file, sizeBytes, mtime: '1.000000000', inode: '1' };
    return { file: digest === undefined ? known : { ...known, digest }, path: `/data/${file}`, key: file };
  }
  const uploaded = { crc32: 1, stored: { etag: 'e' } };
  const index = item('Index.db', 10);
  const filter = item('Filter.db', 5);

  function claims() {
    return createStreamClaims({
      onBytes: (count) => {
        bytes += count;
      },
      onStored: ({ key }) => void stored.push(key),
    });
  }

  it('counts at once what has a digest or nothing to make up', async () => {
    const { add } = claims();

    await add(item('Data.db', 20, 1), uploaded);
    await add(item('empty', 0), uploaded);

    expect(stored).to.deep.equal(['Data.db', 'empty']);
  });

  it('counts all else when the stream has ended well, once', async () => {
    const { add, confirm } = claims();
    await add(index, uploaded);
    await add(filter, uploaded);
    expect(stored).to.deep.equal([]);

    await confirm();
    await confirm();

    expect(stored).to.deep.equal(['Index.db', 'Filter.db']);
  });

  it('takes back what a stream brought that ended badly, until another one brings it', async () => {
    const { add, confirm, withdraw, withdrawn } = claims();
    await add(item('Data.db', 20, 1), uploaded);
    await add(index, uploaded);
    await add(filter, uploaded);

    expect(withdraw()).to.equal(2);
    await confirm();

    expect(stored).to.deep.equal(['Data.db']);
    expect(bytes).to.equal(-15);
    expect([...withdrawn.keys()]).to.deep.equal([index, filter]);

    await add(filter, uploaded);
    await confirm();

    expect(stored).to.deep.equal(['Data.db', 'Filter.db']);
    expect([...withdrawn.keys()]).to.deep.equal([index]);
  });
});
