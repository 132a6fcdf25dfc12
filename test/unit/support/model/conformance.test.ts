import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { splitStatements, statementKind } from '../../../../src/cassandra/cql.ts';
import { parseJsonRows, withoutWarnings } from '../../../../src/cassandra/cqlsh-output.ts';
import { readSample, readSchemaFiles } from '../../../support/cassandra-samples.ts';
import { comparable, conformanceCalls } from '../../../support/model/conformance.ts';
import { schemaFileText } from '../../../support/model/cql-text.ts';
import { runCqlsh } from '../../../support/model/cqlsh.ts';
import { cqlshWarning, jsonTable } from '../../../support/model/cqlsh-text.ts';
import { createModelNode } from '../../../support/model/node.ts';
import { runNodetool } from '../../../support/model/nodetool.ts';
import { createModelRing, type ModelMember, type ModelRing, newMember } from '../../../support/model/ring.ts';

describe("The model's nodetool and cqlsh answer what real ones answered", () => {
  let dir: string;
  let ring: ModelRing;
  let member: ModelMember;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'cain-model-'));
    ring = createModelRing('Test Cluster');
    member = newMember({
      pod: 'cassandra-0',
      address: '127.0.71.1',
      hostId: '7c921365-9e63-4989-8b60-f99a5a6a4a0b',
      tokens: ['-9223372036854775808'],
      disk: createModelNode([join(dir, 'data')]),
    });
    ring.add(member);
    for (const keyspace of ['shop', 'other'])
      ring.schema.create(
        `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': '1'}`,
      );
    for (const table of ['shop.users', 'shop.lwt', 'shop.plain', 'other.t1'])
      ring.schema.create(`CREATE TABLE ${table} (id int PRIMARY KEY, v text)`);
    ring.insert('shop', 'users', '1', 'one');
  });
  after(() => rmSync(dir, { recursive: true }));

  for (const { sample, args } of conformanceCalls) {
    it(`nodetool ${args.join(' ')}`, () => {
      const recorded = readSample(`5.0.9/${sample}`);

      const answered = runNodetool(ring, member, args);

      expect(comparable(answered)).to.deep.equal(comparable(recorded));
    });
  }

  it('nodetool snapshot with a tag that is there', () => {
    const recorded = readSample('5.0.9/snapshot-tag-exists');
    runNodetool(ring, member, ['snapshot', '-t', 'snap1', 'shop']);

    const answered = runNodetool(ring, member, ['snapshot', '-t', 'snap1', 'shop']);

    expect(comparable(answered)).to.deep.equal(comparable(recorded));
  });

  it('nodetool status of single tokens', () => {
    expect(runNodetool(ring, member, ['status'])).to.deep.equal(readSample('5.0.9/status-single-token'));
  });

  it('nodetool status of vnodes, one of them down', () => {
    const recorded = readSample('5.0.9-ring3/status-node-down');
    const nodes = recorded.stdout.match(/^[UD]N .*$/gm) ?? [];
    const threeNodes = createModelRing('C');
    for (const line of nodes) {
      const [status = '', address = '', size, unit, , , hostId = ''] = line.trim().split(/\s+/);
      const tokens = Array.from({ length: 16 }, (_, index) => String(index));
      const parts = { pod: address, address, hostId, tokens, load: `${size} ${unit}`, isUp: status === 'UN' };
      threeNodes.add(newMember({ ...parts, disk: member.disk }));
    }

    expect(runNodetool(threeNodes, threeNodes.members[0] as ModelMember, ['status'])).to.deep.equal(recorded);
  });

  it('nodetool and cqlsh of a node that is down', () => {
    const down: ModelMember = { ...member, address: '127.0.0.9', isUp: false };

    const anyPort = (text: string) => text.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:PORT');
    const nodetool = runNodetool(ring, down, ['info']);
    const recorded = readSample('5.0.9-ring3/nodetool-node-down');
    expect({ ...nodetool, stderr: anyPort(nodetool.stderr) }).to.deep.equal({
      ...recorded,
      stderr: anyPort(recorded.stderr),
    });
    expect(runCqlsh(ring, down, ['-e', 'select 1'])).to.deep.equal(
      readSample('5.0.9/cqlsh-connection-refused'),
    );
  });

  it('cqlsh of a keyspace that is not there', () => {
    expect(runCqlsh(ring, member, ['-e', 'DESC KEYSPACE nosuch'])).to.deep.equal(
      readSample('5.0.9/cqlsh-desc-unknown'),
    );
    expect(runCqlsh(ring, member, ['-e', 'SELECT JSON * FROM nosuch.t'])).to.deep.equal(
      readSample('5.0.9/cqlsh-bad-cql'),
    );
  });

  it('cqlsh of a blank behind the last semicolon, as 6.2.2 was seen to answer a 5.0.9', () => {
    const select = 'SELECT JSON key FROM system.local;';
    const answer = runCqlsh(ring, member, ['-e', `${select} `]);

    expect(runCqlsh(ring, member, ['-e', select]).exitCode).to.equal(0);
    expect(answer.exitCode).to.equal(2);
    expect(answer.stdout).to.include('(1 rows)');
    expect(answer.stderr).to.equal(
      "<stdin>:1:SyntaxException: line 1:0 no viable alternative at input ';' ([;])\n",
    );
  });

  for (const sample of ['cqlsh-json-three-pages', 'cqlsh-json-several']) {
    it(`SELECT JSON, byte for byte as in ${sample}`, () => {
      const { stdout } = readSample(`5.0.9/${sample}`);

      const printed = parseJsonRows(stdout).map(jsonTable).join('');

      expect(`${cqlshWarning}${printed}`).to.equal(stdout.replace(/\nWarnings :\n.*\n\n(?=\n)/, ''));
    });
  }

  it('DESC of a keyspace: its tables and views, statement by statement', () => {
    const real = splitStatements(withoutWarnings(readSample('5.0.9/cqlsh-desc-keyspace').stdout));
    const shop = createModelRing('C');
    const wanted = real.filter((statement) => isOfTheModel(statement, real));
    for (const statement of wanted) shop.schema.create(statement);

    const described = splitStatements(shop.schema.describe('shop') ?? '');

    expect(wanted.length).to.be.greaterThan(4);
    expect(described.toSorted()).to.deep.equal(wanted.toSorted());
  });

  it("a snapshot's own schema.cql, of a table and of a view", () => {
    const files = readSchemaFiles('5.0.9');
    const real = splitStatements(withoutWarnings(readSample('5.0.9/cqlsh-desc-keyspace').stdout));
    const shop = createModelRing('C');
    for (const statement of real.filter((each) => /^CREATE (KEYSPACE shop|TABLE shop.mvbase) /.test(each)))
      shop.schema.create(statement);
    for (const name of ['lwt', 'by_grp'])
      shop.schema.create(splitStatements(files.get(`shop.${name}.cql`) ?? '')[0] ?? '');

    for (const name of ['lwt', 'by_grp'])
      expect(schemaFileText(shop.table('shop', name))).to.equal(files.get(`shop.${name}.cql`));
  });
});

/** One key column, default options, nothing that the model does not know. */
function isOfTheModel(statement: string, all: readonly string[]): boolean {
  const { kind } = statementKind(statement);
  if (kind === 'keyspace') return true;
  if (kind === 'view') {
    const base = /FROM (\S+)/.exec(statement)?.[1] ?? '';
    return all.some((each) => each.startsWith(`CREATE TABLE ${base} `) && isOfTheModel(each, all));
  }
  const isPlain =
    !/PRIMARY KEY \(|counter|comment = '[^']|Leveled|Unified|Zstd|vector|false'|TimeWindow|SAI/.test(
      statement,
    );
  return kind === 'table' && isPlain && /'chunk_length_in_kb': '16', 'class'.*LZ4/.test(statement);
}
