import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { agentCommand, agentProgram } from '../../../src/transfer/agent-program.ts';
import { pythons } from '../../support/pythons.ts';

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

  it('is Python 3.6, as far as the grammar goes', () => {
    const check = 'import ast, sys; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 6))';

    execFileSync('python3', ['-c', check, program]);
  });

  it('imports the standard library alone', () => {
    const list =
      'import ast, sys; print([name for node in ast.walk(ast.parse(open(sys.argv[1]).read())) for name in ([a.name for a in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) else []) if name.split(".")[0] not in sys.stdlib_module_names])';

    expect(execFileSync('python3', ['-c', list, program], { encoding: 'utf8' }).trim()).to.equal('[]');
  });

  for (const python of pythons()) {
    it(`passes its own tests with ${python}`, () => {
      const { status, stderr } = spawnSync(python, ['-B', tests, program], { encoding: 'utf8' });

      expect(status, stderr).to.equal(0);
    });
  }

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
