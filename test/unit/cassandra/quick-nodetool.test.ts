import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parseSections, podScript } from '../../../src/cassandra/pod-script.ts';
import { quickNodetool } from '../../../src/cassandra/quick-nodetool.ts';
import { itRunsOnAnyPython } from '../../support/python-program.ts';

const tests = fileURLToPath(new URL('./quick_nodetool_test.py', import.meta.url));

describe('quick nodetool', function () {
  this.timeout(60_000);
  let bin: string;

  before(() => {
    bin = mkdtempSync(join(tmpdir(), 'cain-quick-'));
    writeFileSync(join(bin, 'program'), quickNodetool());
    for (const tool of ['sh', 'head', 'wc', 'timeout'])
      symlinkSync(wordsOf('sh', `command -v ${tool}`), join(bin, tool));
    const python = wordsOf('python3', 'import sys; print(sys.executable)');
    script('python3', `exec '${python}' "$@"`);
    script('nodetool', 'printf "<%s>" nodetool "$@"\nexit 7');
  });
  after(() => rmSync(bin, { recursive: true }));

  function script(name: string, body: string): void {
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  function wordsOf(program: string, text: string): string {
    return spawnSync(program, ['-c', text], { encoding: 'utf8' }).stdout.trim();
  }

  itRunsOnAnyPython(() => join(bin, 'program'), tests);

  it('holds no byte that a Python without UTF-8 could not read', () => {
    expect(Buffer.from(quickNodetool()).every((byte) => byte < 0x80)).to.equal(true);
  });

  function run(program: Uint8Array, body: string) {
    const args = ['-c', podScript(body), 'cain', '9', '-', String(program.length), 'u', '/pw', '', '', ''];
    const { stdout, ...result } = spawnSync('sh', args, {
      env: { PATH: bin, LC_ALL: 'C' },
      encoding: 'utf8',
      input: Buffer.concat([program, Buffer.from('what follows')]),
    });
    return { ...result, said: parseSections(stdout).get('said')?.[0] };
  }
  const ask = 'section said\nnodetool_ clearsnapshot -t "a  b"';
  const byNodetool = '<nodetool><-u><u><-pwf></pw><clearsnapshot><-t><a  b>';

  it('becomes nodetool, with its arguments, where there is no Cassandra that it can ask', () => {
    const { said, status } = run(quickNodetool(), ask);

    expect([said, status]).to.deep.equal([byNodetool, 7]);
  });

  for (const [what, program] of [
    ['throws', 'raise KeyError(1)'],
    ['is none', 'a Python of another time'],
  ] as const) {
    it(`becomes nodetool where the program ${what}`, () => {
      const { said, status, stderr } = run(Buffer.from(program), ask);

      expect([said, status, stderr]).to.deep.equal([byNodetool, 7, '']);
    });
  }

  it('ends in place of nodetool where the program ends', () => {
    const { said, status } = run(Buffer.from('print(sys.argv[6:])'), ask);

    expect([said, status]).to.deep.equal(["['clearsnapshot', '-t', 'a  b']\n", 0]);
  });

  it('is not asked in a container without Python', () => {
    rmSync(join(bin, 'python3'));

    expect(run(Buffer.from('print(1)'), ask).said).to.equal(byNodetool);
  });

  it('leaves to the script what follows it on stdin, and runs nothing of a program that was cut short', () => {
    expect(run(quickNodetool(), 'section said\nhead -c 12').said).to.equal('what follows');

    const args = ['-c', podScript(ask), 'cain', '9', '-', '99', '', '', '', '', ''];
    const cut = spawnSync('sh', args, { env: { PATH: bin }, encoding: 'utf8', input: 'import os' });
    expect([cut.status, cut.stdout.includes('nodetool')]).to.deep.equal([65, false]);
  });
});
