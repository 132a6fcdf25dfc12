import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { packedFunction, unpackedSection } from '../../../src/cassandra/packed-section.ts';
import { endOfOutput, parseSections, podScript } from '../../../src/cassandra/pod-script.ts';
import type { CassandraPod } from '../../../src/kubernetes/pods.ts';
import { rejection } from '../../support/error-code.ts';

const pod = { namespace: 'cassandra', name: 'cassandra-0', container: 'cassandra' } as CassandraPod;

/** `names COUNT STATUS` prints so many lines that are much alike. */
const body = `
${packedFunction}
names() {
  seq "$1" | sed 's/^/shop orders snapshots cain-20261130010000 nb-1-big-Data.db /'
  echo 'a word of the tool' >&2
  return "$2"
}
packed listing names "$@" || exit
`;

function run(count: number, status: number, path = process.env.PATH) {
  const args = ['10', '-', '0', '', '', '', '', '', String(count), String(status)];
  const { stdout, ...result } = spawnSync('/bin/sh', ['-c', podScript(body), 'cain', ...args], {
    env: { PATH: path },
    encoding: 'utf8',
  });
  return { ...result, stdout, sections: parseSections(stdout) };
}

describe('A packed section', () => {
  let bin: string;

  before(() => {
    bin = mkdtempSync(join(tmpdir(), 'cain-bin-'));
    for (const tool of ['seq', 'sed', 'gzip']) {
      const { stdout } = spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' });
      symlinkSync(stdout.trim(), join(bin, tool));
    }
  });
  after(() => rmSync(bin, { recursive: true }));

  it('is a fraction of its text, and unpacks to just that', async () => {
    const { status, stdout, sections } = run(5000, 0);

    expect(status).to.equal(0);
    expect(stdout.endsWith(endOfOutput)).to.equal(true);
    const lines = (await unpackedSection(sections, 'listing', pod)).split('\n');
    expect(lines).to.have.length(5001);
    expect(lines[4999]).to.equal('shop orders snapshots cain-20261130010000 nb-1-big-Data.db 5000');
    expect(stdout.length).to.be.lessThan(lines.join('\n').length / 5);
  });

  it('is plain where the container lacks one of the two tools', async () => {
    const { status, sections } = run(2, 0, bin);

    expect(status).to.equal(0);
    expect([...sections.keys()]).to.deep.equal(['listing', 'end']);
    expect(await unpackedSection(sections, 'listing', pod)).to.match(/ 1\n.* 2\n$/);
  });

  it('fails with the status and the words of what prints it, either way', () => {
    for (const path of [process.env.PATH, bin]) {
      const { status, stderr, stdout } = run(3, 72, path);

      expect([status, stderr]).to.deep.equal([72, 'a word of the tool\n']);
      expect(stdout.endsWith(endOfOutput)).to.equal(true);
    }
  });

  it('fails with the status and the words of gzip where that does not work', () => {
    const broken = mkdtempSync(join(tmpdir(), 'cain-bin-'));
    writeFileSync(join(broken, 'gzip'), '#!/bin/sh\necho broken library >&2\nexit 127\n', { mode: 0o755 });

    const { status, stderr } = run(3, 0, `${broken}:${process.env.PATH}`);

    rmSync(broken, { recursive: true });
    expect(status).to.equal(127);
    expect(stderr).to.contain('broken library');
  });

  it('that came cut short, or is none, is unreadable', async () => {
    const [text = ''] = run(5000, 0).sections.get('listing.gz') ?? [];
    const cut = text.slice(0, text.length / 2);

    for (const packed of [cut, '', 'bm8gZ3ppcA==']) {
      const sections = new Map([['listing.gz', [packed]]]);
      await rejection(unpackedSection(sections, 'listing', pod), 'CAIN_OUTPUT_UNREADABLE');
    }
    await rejection(unpackedSection(new Map(), 'listing', pod), 'CAIN_OUTPUT_UNREADABLE');
  });
});
