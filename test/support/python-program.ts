import { execFileSync, spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { pythons } from './pythons.ts';

const grammar = 'import ast, sys; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 6))';
const foreignImports =
  'import ast, sys; print([name for node in ast.walk(ast.parse(open(sys.argv[1]).read())) for name in ([a.name for a in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) else []) if name.split(".")[0] not in sys.stdlib_module_names])';

/** Tests of a program that is sent into containers: what any Python there must be able to read, and its own tests. */
export function itRunsOnAnyPython(program: () => string, tests: string): void {
  it('is Python 3.6, as far as the grammar goes', () => {
    execFileSync('python3', ['-c', grammar, program()]);
  });

  it('imports the standard library alone', () => {
    const foreign = execFileSync('python3', ['-c', foreignImports, program()], { encoding: 'utf8' });

    expect(foreign.trim()).to.equal('[]');
  });

  for (const python of pythons()) {
    it(`passes its own tests with ${python}`, () => {
      const { status, stderr } = spawnSync(python, ['-B', tests, program()], { encoding: 'utf8' });

      expect(status, stderr).to.equal(0);
    });
  }
}
