import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { createTarReader, tarBlockBytes } from '../../../src/transfer/tar-reader.ts';
import {
  type TarFile,
  tarEnd,
  tarEntryBytes,
  tarHeader,
  tarPadding,
} from '../../../src/transfer/tar-writer.ts';

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

function fileOf(name: string, sizeBytes: number, more: Partial<TarFile> = {}): TarFile {
  return { name, sizeBytes, mode: 0o640, ...owner, mtimeSeconds: 1_700_000_000, ...more };
}

function member(file: TarFile, bytes: Buffer): Buffer {
  return Buffer.concat([tarHeader(file), bytes, tarPadding(bytes.length)]);
}

/** Feeds an archive to GNU tar; resolves to what it printed. */
async function tar(args: readonly string[], archive: Buffer): Promise<string> {
  const child = spawn('tar', args, { env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  child.stdin.end(archive);
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code, output).to.equal(0);
  return output;
}

describe('tar writer', () => {
  it('makes an archive that GNU tar takes apart, with owner, mode and time', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'cain-tar-'));
    const long = `shop/orders-${'a'.repeat(32)}/${'x'.repeat(80)}-big-Data.db`;
    const contents = new Map([
      ['empty', Buffer.alloc(0)],
      ['block', Buffer.alloc(tarBlockBytes, 'b')],
      ['odd', Buffer.alloc(1479, 'o')],
      [long, Buffer.from('behind a long name')],
      ['last', Buffer.from('last')],
    ]);
    const members = [...contents].map(([name, bytes]) => member(fileOf(name, bytes.length), bytes));

    await tar(['--extract', '--file=-', `--directory=${dir}`], Buffer.concat([...members, tarEnd()]));

    for (const [name, bytes] of contents) {
      expect(await readFile(join(dir, name)), name).to.deep.equal(bytes);
    }
    const { mode, mtimeMs } = await stat(join(dir, long));
    expect(mode & 0o777).to.equal(0o640);
    expect(mtimeMs).to.equal(1_700_000_000_000);
    await rm(dir, { recursive: true });
  });

  for (const sizeBytes of [8 ** 11 - 1, 8 ** 11, 3 * 2 ** 40]) {
    it(`writes a size of ${sizeBytes} bytes as GNU tar reads it`, () => {
      const seen: number[] = [];
      const reader = createTarReader(
        { beginFile: (_, size) => void seen.push(size), fileData: () => {}, endFile: () => {} },
        'test',
      );

      void reader.push(tarHeader(fileOf('large-Data.db', sizeBytes)));

      expect(seen).to.deep.equal([sizeBytes]);
    });
  }

  it('writes a size beyond 8 GiB as GNU tar reads it', async () => {
    const header = tarHeader(fileOf('large', 9 * 2 ** 30, { uid: 2 ** 31, gid: 2 ** 32 - 2 }));

    // Only the header is there: tar lists it and then misses the rest, which is the test's, not the header's fault.
    const child = spawn('tar', ['--list', '--verbose', '--numeric-owner', '--file=-']);
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stdin.end(header);
    await new Promise((resolve) => child.once('close', resolve));

    expect(output)
      .to.contain(`${2 ** 31}/${2 ** 32 - 2}`)
      .and.contain(String(9 * 2 ** 30));
  });

  it('knows the length of each entry before it is written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 5000 }), (length, size) => {
        const file = fileOf('n'.repeat(length), size);

        expect(tarEntryBytes(file)).to.equal(member(file, Buffer.alloc(size)).length);
      }),
    );
  });
});
