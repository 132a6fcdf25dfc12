import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { endOfOutput, parseSections, podScript, sectionMark } from '../../../src/cassandra/pod-script.ts';

describe('parseSections', () => {
  it('gives what stands between the marks byte for byte, and all of one name in order', () => {
    const text = ['noise before\n', 'a\n1\n\n', 'b\n', 'a\n  2'].join(sectionMark) + endOfOutput;

    const sections = parseSections(text);

    expect(Object.fromEntries(sections)).to.deep.equal({ a: ['1\n\n', '  2'], b: [''], end: [''] });
  });

  it('gives nothing for nothing', () => {
    expect(parseSections('').size).to.equal(0);
  });
});

describe('podScript', () => {
  function run(body: string, input = '') {
    const args = ['-c', podScript(body), 'cain', '60', '-', '0', '', '', '', '', ''];
    return spawnSync('sh', args, { encoding: 'utf8', input });
  }

  it('runs the body and marks the end of its output', () => {
    const { status, stdout } = run('section a\necho 1\n');

    expect(status).to.equal(0);
    expect(Object.fromEntries(parseSections(stdout))).to.deep.equal({ a: ['1\n'], end: [''] });
  });

  it('takes a text from stdin byte for byte, and goes on with what follows it', () => {
    const { stdout } = run('take 8\nsection text\nprintf %s "$taken"\nsection rest\ncat\n', 'ünd %s\n\nrest');

    expect(Object.fromEntries(parseSections(stdout))).to.deep.include({
      text: ['ünd %s\n'],
      rest: ['\nrest'],
    });
  });

  it('ends before it does anything by a text that came cut short', () => {
    const { status, stdout } = run('take 9\nsection text\n', 'DROP a;\n');

    expect(status).to.equal(65);
    expect(stdout).to.equal(endOfOutput);
  });

  it('gives cqlsh no line end after the last statement, which it would take for an empty one', () => {
    const { stdout } = run('guard=echo\nsection asked\ntake 13\ncqlsh_ "$taken"\n', 'DROP a;\nD b;\n');

    expect(parseSections(stdout).get('asked')?.[0]).to.match(/ -e DROP a;\nD b;\n$/);
  });

  it('fails at once where a body takes a name of the prelude for its own', () => {
    const { status, stdout } = run('for limit in 1 2; do :; done\nsection a\n');

    expect(status).to.not.equal(0);
    expect(stdout).to.not.contain('a\n');
  });
});
