import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import {
  archiveBytes,
  batchesOf,
  type DownloadItem,
  writeArchive,
} from '../../../src/transfer/download-archive.ts';
import { gatherChunks } from '../../../src/transfer/gather-chunks.ts';
import type { FetchedObject } from '../../../src/transfer/ordered-objects.ts';

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

function itemOf(directory: string, index: number): DownloadItem {
  return {
    key: `key-${index}`,
    sizeBytes: index * 777,
    crc32: 0,
    about: `file ${index}`,
    path: `${directory}/shop/users-1/nb-${index}-big-Data.db`,
    mode: 0o644,
    mtimeSeconds: 1_700_000_000 + index,
    ...owner,
  };
}

function bytesOf({ sizeBytes }: DownloadItem): Buffer {
  return Buffer.alloc(sizeBytes, sizeBytes % 251);
}

async function* objectsOf(items: readonly DownloadItem[]): AsyncGenerator<FetchedObject<DownloadItem>> {
  for (const item of items) yield { item, bytes: [bytesOf(item)] };
}

async function run(
  command: string,
  args: readonly string[],
  input?: AsyncIterable<Uint8Array>,
): Promise<string> {
  const child = spawn(command, args, { env: { PATH: process.env.PATH, LC_ALL: 'C' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const closed = new Promise((resolve) => child.once('close', resolve));
  await pipeline(input ?? Readable.from([]), child.stdin);
  expect(await closed, output).to.equal(0);
  return output;
}

describe('archive of a download', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cain-archive-'));
    await mkdir(join(directory, 'shop/users-1'), { recursive: true });
    await mkdir(join(directory, 'sums'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('becomes files in the pod, with lists of SHA-256 that sha256sum agrees with', async () => {
    const items = Array.from({ length: 1100 }, (_, index) =>
      itemOf(directory, index % 40 === 0 ? index : index % 40),
    );
    const unique = items.map((item, index) => ({
      ...item,
      path: item.path.replace(/nb-\d+/, `nb-${index}`),
    }));
    const batches = batchesOf(unique, `${directory}/sums/1-`);
    const sums = new Map<string, string>();
    let bytes = 0;

    const archive = writeArchive(batches, objectsOf(unique), {
      onBytes: (count) => {
        bytes += count;
      },
      onFile: ({ path }, sha256) => sums.set(path, sha256),
    });
    let length = 0;
    async function* counted() {
      for await (const chunk of gatherChunks(archive, 100_000)) {
        length += chunk.length;
        yield chunk;
      }
    }
    await run('tar', ['--extract', '--file=-', '--directory=/', '--preserve-permissions'], counted());

    expect(length).to.equal(archiveBytes(batches));
    expect(bytes).to.equal(unique.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    for (const item of unique.slice(0, 50)) {
      const expected = createHash('sha256').update(bytesOf(item)).digest('hex');
      expect(sums.get(item.path)).to.equal(expected);
      expect(await readFile(item.path)).to.deep.equal(bytesOf(item));
    }
    expect((await stat(unique[3]?.path ?? '')).mtimeMs).to.equal(1_700_000_003_000);
    const lists = (await readdir(join(directory, 'sums'))).map((name) => join(directory, 'sums', name));
    expect(lists).to.have.length(2);
    for (const list of lists) await run('sha256sum', ['--check', '--strict', '--quiet', list]);
  });

  it('closes its source when nobody wants the rest', async () => {
    const items = [itemOf(directory, 1), itemOf(directory, 2)];
    let isClosed = false;
    async function* objects(): AsyncGenerator<FetchedObject<DownloadItem>> {
      try {
        yield* objectsOf(items);
      } finally {
        isClosed = true;
      }
    }
    const archive = writeArchive(batchesOf(items, '/sums/'), objects(), { onBytes() {}, onFile() {} });

    await archive.next();
    await archive.next();
    await archive.return(undefined);

    expect(isClosed).to.equal(true);
  });
});
