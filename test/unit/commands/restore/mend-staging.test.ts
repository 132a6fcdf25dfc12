import { expect } from 'chai';
import { incompleteSstables, type SourcedLine } from '../../../../src/commands/restore/mend-staging.ts';
import type { InventoryLine } from '../../../../src/store/inventory.ts';

function line(file: string, sizeBytes: number, crc32: number, dataDirectory = '/data'): InventoryLine {
  return { file, sizeBytes, crc32, dataDirectory } as InventoryLine;
}

const lines = [
  line('nb-1-big-Data.db', 100, 11),
  line('nb-1-big-Digest.crc32', 2, 1),
  line('nb-1-big-Index.db', 5, 2),
  line('nb-2-big-Data.db', 200, 22),
  line('nb-2-big-Digest.crc32', 2, 3),
  line('nb-3-big-Data.db', 300, 33),
];
const missingFirst = [{ sizeBytes: 100, digest: '11' }];

describe('mending the staging', () => {
  it('takes SSTables that are missing in the table and not whole in the staging', () => {
    const staged = new Set(['nb-1-big-Data.db', 'nb-2-big-Data.db']);

    const incomplete = incompleteSstables(lines, missingFirst, ({ file }) => staged.has(file));

    expect([...incomplete]).to.deep.equal(['/data/nb-1-big']);
  });

  it('takes nothing where all that is missing waits in the staging', () => {
    expect([...incompleteSstables(lines, missingFirst, () => true)]).to.deep.equal([]);
  });

  it('takes nothing where all is in the table', () => {
    expect([...incompleteSstables(lines, [], () => false)]).to.deep.equal([]);
  });

  it('knows an SSTable without digest by its size', () => {
    const incomplete = incompleteSstables(lines, [{ sizeBytes: 300, digest: '-' }], () => false);

    expect([...incomplete]).to.deep.equal(['/data/nb-3-big']);
  });

  it('tells SSTables of one name apart that come from several nodes', () => {
    const both: SourcedLine[] = ['from-a', 'from-b'].flatMap((folder) =>
      lines.map((each) => ({ ...each, folder })),
    );

    const incomplete = incompleteSstables(both, missingFirst, ({ folder }) => folder === 'from-a');

    expect([...incomplete]).to.deep.equal(['from-b:/data/nb-1-big']);
  });
});
