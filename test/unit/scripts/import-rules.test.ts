import { expect } from 'chai';
import { cycles, importsOf, wrongArrow } from '../../../scripts/import-rules.ts';

const arrow = (from: string, to: string, isType = false) => ({ from, to, isType });

describe('importsOf', () => {
  it('finds static, dynamic, type and re-exporting imports of our own files', () => {
    const text = [
      "import { readFileSync } from 'node:fs';",
      "import { CainError } from '../errors.ts';",
      'import {',
      '  one,',
      '  type Two,',
      "} from './numbers.ts';",
      "import type { Store } from '../store/store.ts';",
      "export { three } from './three.ts';",
      "const load = () => import('./lazy.ts');",
    ].join('\n');

    expect(importsOf('src/commands/backup.ts', text)).to.deep.equal([
      { from: 'src/commands/backup.ts', to: 'src/errors.ts', isType: false },
      { from: 'src/commands/backup.ts', to: 'src/commands/numbers.ts', isType: false },
      { from: 'src/commands/backup.ts', to: 'src/store/store.ts', isType: true },
      { from: 'src/commands/backup.ts', to: 'src/commands/three.ts', isType: false },
      { from: 'src/commands/backup.ts', to: 'src/commands/lazy.ts', isType: false },
    ]);
  });
});

describe('wrongArrow', () => {
  it('lets nothing but main.ts import commands', () => {
    expect(wrongArrow(arrow('src/main.ts', 'src/commands/backup.ts'))).to.equal(undefined);
    expect(wrongArrow(arrow('src/store/s3.ts', 'src/commands/backup.ts'))).to.contain(
      'nothing imports commands',
    );
  });

  it('keeps siblings apart, but for their types', () => {
    expect(wrongArrow(arrow('src/cassandra/a.ts', 'src/store/b.ts'))).to.contain('siblings');
    expect(wrongArrow(arrow('src/cassandra/a.ts', 'src/store/b.ts', true))).to.equal(undefined);
    expect(wrongArrow(arrow('src/cassandra/a.ts', 'src/cassandra/b.ts'))).to.equal(undefined);
    expect(wrongArrow(arrow('src/commands/a.ts', 'src/store/b.ts'))).to.equal(undefined);
  });

  it('keeps kubernetes below all of them', () => {
    expect(wrongArrow(arrow('src/kubernetes/a.ts', 'src/cassandra/b.ts'))).to.contain('knows nothing');
    expect(wrongArrow(arrow('src/cassandra/b.ts', 'src/kubernetes/a.ts'))).to.equal(undefined);
  });
});

describe('cycles', () => {
  it('finds one through several files', () => {
    expect(cycles([arrow('a', 'b'), arrow('b', 'c'), arrow('c', 'b')])).to.deep.equal([['b', 'c', 'b']]);
  });

  it('finds none in a tree, nor where types close the circle', () => {
    expect(cycles([arrow('a', 'b'), arrow('a', 'c'), arrow('b', 'c')])).to.deep.equal([]);
    expect(cycles([arrow('a', 'b'), arrow('b', 'a', true)])).to.deep.equal([]);
  });
});
