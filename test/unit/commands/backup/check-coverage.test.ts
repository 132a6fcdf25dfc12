import { expect } from 'chai';
import type { Ring } from '../../../../src/cassandra/ring.ts';
import type { SchemaKeyspace } from '../../../../src/cassandra/schema.ts';
import { checkCoverage } from '../../../../src/commands/backup/check-coverage.ts';
import type { ClusterSurvey } from '../../../../src/commands/preflight/survey-cluster.ts';
import { CainError } from '../../../../src/errors.ts';
import { surveyOf } from '../../../support/backup-run.ts';
import { recordLog } from '../../../support/recording-log.ts';
import { ringNode } from '../../../support/rings.ts';

function keyspace(replicationFactor: number): SchemaKeyspace {
  const replication = {
    class: 'org.apache.cassandra.locator.SimpleStrategy',
    replication_factor: String(replicationFactor),
  };
  return { name: `rf${replicationFactor}`, replication, tables: [] };
}

function ring(...pods: readonly string[]): Ring {
  const nodes = pods.map((pod, index) => ringNode(`host-of-${pod}`, 'dc1/r1', [index * 100]));
  return { nodes, statuses: [], schemaVersions: [] };
}

function survey(...pods: readonly string[]): ClusterSurvey {
  return surveyOf(Object.fromEntries(pods.map((pod) => [pod, ['/data']])));
}

const three = ring('pod-0', 'pod-1', 'pod-2');

describe('checkCoverage', () => {
  it('is whole when every member takes part', () => {
    expect(checkCoverage(survey('pod-0', 'pod-1', 'pod-2'), three, [keyspace(1)], 'whole')).to.equal('whole');
  });

  it('tells what a lesser one is, where that is allowed', () => {
    const two = survey('pod-0', 'pod-1');

    expect(checkCoverage(two, three, [keyspace(3)], 'quorum')).to.equal('quorum');
    expect(checkCoverage(two, three, [keyspace(3)], 'single')).to.equal('quorum');
    expect(checkCoverage(two, three, [keyspace(2)], 'single')).to.equal('single');
    expect(checkCoverage(two, three, [keyspace(3), keyspace(2)], 'single')).to.equal('single');
  });

  it('says who is missing in one that is less than whole', () => {
    const found = { ...survey('pod-0', 'pod-1'), absent: [{ pod: 'pod-2', reason: 'it is not ready' }] };
    const log = recordLog();

    checkCoverage(found, three, [keyspace(3)], 'quorum', log);
    checkCoverage(survey('pod-0', 'pod-1', 'pod-2'), three, [keyspace(3)], 'quorum', log);

    const [warning, ...others] = log.lines;
    expect(others).to.deep.equal([]);
    expect(warning?.level).to.equal('warn');
    expect(JSON.stringify(warning))
      .to.contain('quorum')
      .and.contain('pod pod-2: it is not ready')
      .and.contain('host-of-pod-2');
  });

  it('refuses less than is demanded, and names who is missing and why', () => {
    const found = { ...survey('pod-0', 'pod-1'), absent: [{ pod: 'pod-2', reason: 'it is not ready' }] };

    expect(() => checkCoverage(found, three, [keyspace(3)], 'whole'))
      .to.throw(CainError, 'Coverage is quorum')
      .that.includes({ code: 'CAIN_COVERAGE', retryable: true })
      .with.property('message')
      .that.contains('pod pod-2: it is not ready')
      .and.contains('host-of-pod-2');
  });

  it('refuses ranges that nobody holds, whatever is demanded', () => {
    expect(() => checkCoverage(survey('pod-0', 'pod-1'), three, [keyspace(1)], 'single')).to.throw(
      CainError,
      'Coverage is none',
    );
  });

  it('refuses a pod that is no member of the ring: of another ring of that name, or decommissioned', () => {
    const found = survey('pod-0', 'pod-1', 'pod-2', 'stranger');

    for (const demanded of ['whole', 'single'] as const) {
      expect(() => checkCoverage(found, three, [keyspace(1)], demanded))
        .to.throw(CainError, 'stranger (host-of-stranger)')
        .with.property('code', 'CAIN_COVERAGE');
    }
  });

  it('does not take a stranger for the member that is missing', () => {
    expect(() => checkCoverage(survey('pod-0', 'pod-1', 'stranger'), three, [keyspace(1)], 'whole')).to.throw(
      CainError,
    );
  });
});
