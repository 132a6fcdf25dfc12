import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { agentCommand, agentProgram } from '../../../src/transfer/agent-program.ts';
import { itRunsOnAnyPython } from '../../support/python-program.ts';

const tests = fileURLToPath(new URL('./agent_test.py', import.meta.url));

describe('agent program', function () {
  this.timeout(60_000);
  let dir: string;
  let program: string;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'cain-agent-'));
    program = join(dir, 'program');
    writeFileSync(program, agentProgram());
  });
  after(() => rmSync(dir, { recursive: true }));

  itRunsOnAnyPython(() => program, tests);

  it('says nothing secret in its command, and fits into a URL', () => {
    const command = agentCommand();

    expect(command.join(' ')).not.to.match(/http|amz|secret/i);
    expect(command.join('').length).to.be.lessThan(2000);
  });

  it('ends with an exit code that tells that there is no Python', () => {
    const [, ...args] = agentCommand();

    const { status, stderr } = spawnSync('/bin/sh', args, {
      env: { PATH: dir },
      encoding: 'utf8',
      input: '',
    });

    expect([status, stderr.trim()]).to.deep.equal([127, 'there is no python3']);
  });
});
