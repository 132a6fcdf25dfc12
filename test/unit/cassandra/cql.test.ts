import { expect } from 'chai';
import fc from 'fast-check';
import { quoteIdentifier, quoteString, splitStatements, statementKind } from '../../../src/cassandra/cql.ts';
import { withoutWarnings } from '../../../src/cassandra/cqlsh-output.ts';
import { CainError } from '../../../src/errors.ts';
import { readSample, readSchemaFiles } from '../../support/cassandra-samples.ts';

describe('quoteIdentifier', () => {
  it('leaves a plain name as it is, so that DESC is asked as the original Cain asked', () => {
    expect(quoteIdentifier('shop')).to.equal('shop');
    expect(quoteIdentifier('system_auth')).to.equal('system_auth');
    expect(quoteIdentifier('k2')).to.equal('k2');
  });

  it('quotes other letters, and reserved words', () => {
    expect(quoteIdentifier('MixedCase')).to.equal('"MixedCase"');
    expect(quoteIdentifier('2k')).to.equal('"2k"');
    expect(quoteIdentifier('_k')).to.equal('"_k"');
    expect(quoteIdentifier('a"b')).to.equal('"a""b"');
    expect(quoteIdentifier('')).to.equal('""');
    expect(quoteIdentifier('order')).to.equal('"order"');
    expect(quoteIdentifier('orders')).to.equal('orders');
  });

  it('gives one identifier, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        const { keyspace, table } = statementKind(`CREATE INDEX ON ks.${quoteIdentifier(name)} (a)`);

        expect({ keyspace, table }).to.deep.equal({ keyspace: 'ks', table: name });
      }),
    );
  });
});

describe('quoteString', () => {
  it('doubles quotes', () => {
    expect(quoteString("it's")).to.equal("'it''s'");
  });

  it('gives one literal, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(splitStatements(`a = ${quoteString(text)};`)).to.deep.equal([`a = ${quoteString(text)}`]);
      }),
    );
  });
});

describe('splitStatements', () => {
  it('splits at semicolons outside of strings, names, bodies and comments', () => {
    const statements = [`a 'x;''y;'`, `b "c;"`, 'd $$;\n;$$', 'e /* ; */ f -- ;\n g // ;\n h'];

    expect(splitStatements(`${statements.join(';\n')};\n`)).to.deep.equal(statements);
  });

  it('leaves out comments between statements, empty statements and blanks', () => {
    const omitted = '/*\nWarning: Table ks.t omitted\n\nCREATE TABLE ks.t (a int);\n*/';

    expect(splitStatements(`-- begin\n ; ;\n${omitted}\n  a;;\n -- end`)).to.deep.equal(['a']);
  });

  it('finds nothing in nothing', () => {
    expect(splitStatements(' \n')).to.deep.equal([]);
  });

  it('refuses a text that was cut', () => {
    expect(() => splitStatements('a; CREATE TABLE b (')).to.throw(CainError, /CREATE TABLE b/);
    expect(() => splitStatements("a; b 'c")).to.throw(CainError);
  });

  it('keeps every byte of real schema texts', () => {
    const texts = [
      withoutWarnings(readSample('5.0.9/cqlsh-desc-keyspace').stdout),
      withoutWarnings(readSample('4.1.10/cqlsh-desc-keyspace').stdout),
      withoutWarnings(readSample('5.0.9/cqlsh-desc-odd').stdout),
      ...readSchemaFiles('5.0.9').values(),
      ...readSchemaFiles('4.1.10').values(),
    ];

    for (const text of texts) {
      const statements = splitStatements(text);

      // DESC puts a blank line between statements, a snapshot's schema.cql a line end.
      const parts = statements.map((statement) => `${statement};`);
      expect([parts.join('\n\n'), parts.join('\n')]).to.include(text.trimEnd());
      for (const statement of statements) expect(splitStatements(`${statement};`)).to.deep.equal([statement]);
    }
  });
});

describe('statementKind', () => {
  it('reads every statement of a DESC', () => {
    const subjects = splitStatements(withoutWarnings(readSample('5.0.9/cqlsh-desc-odd').stdout)).map(
      statementKind,
    );

    expect(subjects).to.deep.equal([
      { kind: 'keyspace', keyspace: 'odd' },
      { kind: 'type', keyspace: 'odd', name: 'Addr' },
      { kind: 'type', keyspace: 'odd', name: 'order' },
      { kind: 'function', keyspace: 'odd', name: 'addi' },
      { kind: 'function', keyspace: 'odd', name: 'quoted' },
      { kind: 'function', keyspace: 'odd', name: 'Sq' },
      { kind: 'aggregate', keyspace: 'odd', name: 'Sum' },
      { kind: 'table', keyspace: 'odd', name: 'many' },
      { kind: 'table', keyspace: 'odd', name: 'MixedCase' },
      { kind: 'index', keyspace: 'odd', name: 'MixedCase_Val_idx', table: 'MixedCase' },
      { kind: 'view', keyspace: 'odd', name: 'View1' },
      { kind: 'table', keyspace: 'odd', name: 'order' },
      { kind: 'table', keyspace: 'odd', name: 'plain' },
    ]);
  });

  it("reads every statement of the snapshots' schema.cql", () => {
    const subjectsOf = (file: string): unknown =>
      splitStatements(readSchemaFiles('5.0.9').get(file) ?? '').map(statementKind);

    expect(subjectsOf('shop.users.cql')).to.deep.equal([
      { kind: 'type', keyspace: 'shop', name: 'address' },
      { kind: 'table', keyspace: 'shop', name: 'users' },
      { kind: 'index', keyspace: 'shop', name: 'users_email', table: 'users' },
    ]);
    expect(subjectsOf('shop.sasi.cql')).to.deep.equal([
      { kind: 'table', keyspace: 'shop', name: 'sasi' },
      { kind: 'index', keyspace: 'shop', name: 'sasi_title', table: 'sasi' },
    ]);
    expect(subjectsOf('shop.by_grp.cql')).to.deep.equal([{ kind: 'view', keyspace: 'shop', name: 'by_grp' }]);
    expect(subjectsOf('odd.MixedCase.cql')).to.deep.equal([
      { kind: 'table', keyspace: 'odd', name: 'MixedCase' },
      { kind: 'alter-table', keyspace: 'odd', name: 'MixedCase' },
      { kind: 'index', keyspace: 'odd', name: 'MixedCase_Val_idx', table: 'MixedCase' },
    ]);
  });

  it('reads other spellings', () => {
    expect(statementKind('create or replace function Ks.F (a int)')).to.deep.equal({
      kind: 'function',
      keyspace: 'ks',
      name: 'f',
    });
    expect(statementKind('CREATE INDEX ON t (a)')).to.deep.equal({ kind: 'index', table: 't' });
    expect(statementKind('CREATE TABLE /* here */ t (a int)')).to.deep.equal({ kind: 'table', name: 't' });
    expect(statementKind(`CREATE TRIGGER "On" ON ks.t USING 'c'`)).to.deep.equal({
      kind: 'trigger',
      keyspace: 'ks',
      name: 'On',
      table: 't',
    });
  });

  it('calls everything else other', () => {
    for (const text of ['DROP TABLE a.b', 'CREATE ROLE r', 'CREATE', 'ALTER KEYSPACE k', 'SELECT 1', '']) {
      expect(statementKind(text)).to.deep.equal({ kind: 'other' });
    }
  });
});
