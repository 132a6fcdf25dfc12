import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { CainError } from '../../../src/errors.ts';
import {
  isTombstone,
  type Manifest,
  manifestBytes,
  parseManifest,
  tombstoneBytes,
} from '../../../src/store/manifest.ts';

/** Written once and never changed: every later version must read it. */
const golden = readFileSync(new URL('../../fixtures/manifest-1.json', import.meta.url));
const key = '.cain/backups/20260101020000/manifest.json';

function parsed(): Manifest {
  return parseManifest(golden, key) as Manifest;
}

describe('A manifest of format 1', () => {
  it('is read as it was written, and written as it was read, to the byte', () => {
    const manifest = parsed();

    expect(isTombstone(manifest)).to.equal(false);
    expect(manifest).to.deep.equal(JSON.parse(golden.toString()));
    expect(Buffer.from(manifestBytes(manifest)).equals(golden)).to.equal(true);
  });

  it('may lack the roles and what is unsafe of the store', () => {
    const { roles: _, unsafeStore: __, ...rest } = parsed();

    const again = parseManifest(manifestBytes(rest), key);

    expect(again).to.deep.equal(rest);
  });

  it('bears members that it does not know', () => {
    const text = golden.toString().replace('"plan"', '"later": true, "plan"');

    expect(parseManifest(Buffer.from(text), key)).to.deep.equal(parsed());
  });

  it('is refused by name and member when anything else is missing or of another type', () => {
    const optional = new Set(['roles', 'unsafeStore']);
    const paths = pathsOf(JSON.parse(golden.toString())).filter(([first]) => !optional.has(String(first)));
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.constantFrom(undefined, null, {}, 'x', -1), (path, wrong) => {
        const value = JSON.parse(golden.toString());
        if (typeof wrong === typeof at(value, path) && wrong !== null) return;
        set(value, path, wrong);

        expect(() => parseManifest(Buffer.from(JSON.stringify(value)), key), path.join('.'))
          .to.throw(CainError, key)
          .with.property('code', 'CAIN_FORMAT');
      }),
      { numRuns: 300 },
    );
  });
});

describe('parseManifest', () => {
  it('knows a tombstone, which is never a backup', () => {
    const record = parseManifest(tombstoneBytes, key);

    expect(isTombstone(record)).to.equal(true);
    expect(Buffer.from(tombstoneBytes).toString()).to.equal('{"abandoned":true}\n');
  });

  for (const text of [
    '',
    'no JSON',
    'null',
    '[]',
    '1',
    '{}',
    golden.toString().slice(0, -10),
    '{"format":1}',
  ]) {
    it(`calls unreadable what is neither: ${text.slice(-20)}`, () => {
      expect(() => parseManifest(Buffer.from(text), key))
        .to.throw(CainError, key)
        .with.property('code', 'CAIN_FORMAT');
    });
  }

  it('refuses a newer format, with its number', () => {
    const text = golden.toString().replace('"format": 1', '"format": 2');

    expect(() => parseManifest(Buffer.from(text), key)).to.throw(
      CainError,
      'its format is 2, this Cain reads 1',
    );
  });
});

type Path = ReadonlyArray<string | number>;

/** Of every member that is no list's element of text, lists and their objects included. */
function pathsOf(value: unknown, above: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = [...above, Array.isArray(value) ? Number(name) : name];
    // What a map of replication holds is free.
    if (above.at(-1) === 'replication') return [];
    return [path, ...pathsOf(inner, path)];
  });
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], value);
}

function set(value: unknown, path: Path, wrong: unknown): void {
  const parent = at(value, path.slice(0, -1)) as Record<string, unknown>;
  parent[path.at(-1) as string] = wrong;
}
