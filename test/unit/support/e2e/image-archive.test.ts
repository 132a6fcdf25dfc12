import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { writeImageArchive } from '../../../support/e2e/image-archive.ts';
import { runOrFail } from '../../../support/embedded/run-program.ts';

const memory = '/dev/shm';

describe('writeImageArchive', () => {
  it('takes layers of another file system, to which no link leads', async function () {
    if (!existsSync(memory) || statSync(memory).dev === statSync(tmpdir()).dev) {
      console.log(`      skipped: ${memory} is no other file system than ${tmpdir()}`);
      return this.skip();
    }
    const [dir, layers] = [tmpdir(), memory].map((parent) => mkdtempSync(join(parent, 'cain-archive-')));
    if (!dir || !layers) throw new Error('no folders');
    try {
      const layer = join(layers, 'layer.tar');
      writeFileSync(layer, 'a layer');
      const archive = join(dir, 'images.tar');

      await writeImageArchive([{ name: 'localhost/one:e2e', layers: [layer], config: {} }], archive);

      expect(await runOrFail(['tar', '-xOf', archive, '--wildcards', './*.tar'])).to.equal('a layer');
      expect(existsSync(layer)).to.equal(true);
    } finally {
      for (const each of [dir, layers]) rmSync(each, { recursive: true });
    }
  });
});
