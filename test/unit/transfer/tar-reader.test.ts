import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { CainError } from '../../../src/errors.ts';
import { createTarReader, type TarSink, tarBlockBytes } from '../../../src/transfer/tar-reader.ts';

/** Gathers members; each is whole only once it was ended. */
function collector(): {
  sink: TarSink;
  members: Array<{ name: string; size: number; bytes: Buffer; isEnded: boolean }>;
} {
  const members: Array<{ name: string; size: number; bytes: Buffer; isEnded: boolean }> = [];
  const last = () => members.at(-1) as (typeof members)[number];
  return {
    members,
    sink: {
      beginFile: (name, size) => void members.push({ name, size, bytes: Buffer.alloc(0), isEnded: false }),
      fileData: (slice) => {
        last().bytes = Buffer.concat([last().bytes, slice]);
      },
      endFile: () => {
        last().isEnded = true;
      },
    },
  };
}

async function read(
  archive: Buffer,
  cuts: readonly number[],
): Promise<ReturnType<typeof collector> & { isComplete: boolean }> {
  const collected = collector();
  const reader = createTarReader(collected.sink, 'test');
  const edges = [0, ...cuts.toSorted((a, b) => a - b), archive.length];
  for (let index = 1; index < edges.length; index++)
    await reader.push(archive.subarray(edges[index - 1], edges[index]));
  return { ...collected, isComplete: reader.isComplete };
}

describe('createTarReader', () => {
  let folder: string;
  let archive: Buffer;
  const longName = `${'d'.repeat(60)}-${'e'.repeat(80)}.db`;
  const files: Record<string, Buffer> = {
    'empty.db': Buffer.alloc(0),
    'one.db': Buffer.from('x'),
    'block.db': Buffer.alloc(tarBlockBytes, 7),
    'big.db': Buffer.alloc(100_003, 'abc'),
    [longName]: Buffer.from('long'),
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'cain-tar-'));
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    archive = execFileSync('tar', ['--create', '--file=-', '--format=gnu', ...Object.keys(files)], {
      cwd: folder,
    });
  });
  after(() => rmSync(folder, { recursive: true }));

  it('gives what GNU tar wrote, however the stream is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: archive.length })), async (cuts) => {
        const { members, isComplete } = await read(archive, cuts);

        expect(isComplete).to.equal(true);
        expect(members.map(({ name }) => name)).to.deep.equal(Object.keys(files));
        for (const { name, bytes, size, isEnded } of members) {
          expect(isEnded).to.equal(true);
          expect(size).to.equal(files[name]?.length);
          expect(bytes.equals(files[name] as Buffer)).to.equal(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is not complete when the stream ends early, wherever that is', async () => {
    for (let end = 0; end < archive.length - 2 * tarBlockBytes; end += 777) {
      const { members, isComplete } = await read(archive.subarray(0, end), []);
      const isEveryFileThere =
        members.length === Object.keys(files).length && members.every(({ isEnded }) => isEnded);
      expect(isComplete && !isEveryFileThere, `cut at ${end}`).to.equal(false);
    }
  });

  it('notices bytes that were lost in the middle', async () => {
    const lossy = Buffer.concat([archive.subarray(0, 3_000), archive.subarray(3_100)]);

    const error = await read(lossy, []).catch((caught: unknown) => caught);

    expect(error).to.be.instanceOf(CainError).with.property('code', 'CAIN_TRANSFER_SHORT');
  });

  it('reads sizes over 8 GiB, which GNU tar writes in base 256', async () => {
    const header = Buffer.from(archive.subarray(0, tarBlockBytes));
    header.fill(0, 124, 136);
    header[124] = 0x80;
    header.writeBigUInt64BE(10_000_000_000n, 128);
    const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');

    const { members } = await read(header, []);

    expect(members[0]?.size).to.equal(10_000_000_000);
  });
});
