import { expect } from 'chai';
import { type NamedNode, proposeMapping } from '../../../src/cassandra/node-mapping.ts';

const node = (hostId: string, pod: string): NamedNode => ({ hostId, pod });

describe('proposeMapping', () => {
  it('goes by host id, even where pods have changed names', () => {
    const { matches, hostIds } = proposeMapping(
      [node('1', 'c-0'), node('2', 'c-1')],
      [node('2', 'c-0'), node('1', 'c-1')],
    );

    expect(matches.map(({ by }) => by)).to.deep.equal(['host id', 'host id']);
    expect([...hostIds]).to.deep.equal([
      ['1', '1'],
      ['2', '2'],
    ]);
  });

  it('goes by pod name for nodes with new host ids', () => {
    const result = proposeMapping(
      [node('1', 'c-0'), node('2', 'c-1'), node('3', 'c-2')],
      [node('1', 'c-0'), node('8', 'c-1'), node('9', 'd-2')],
    );

    expect(result.matches[1]).to.deep.equal({
      backup: node('2', 'c-1'),
      cluster: node('8', 'c-1'),
      by: 'pod name',
    });
    expect([...result.hostIds]).to.deep.equal([
      ['1', '1'],
      ['2', '8'],
    ]);
    expect(result.unmatchedBackup).to.deep.equal([node('3', 'c-2')]);
    expect(result.unmatchedCluster).to.deep.equal([node('9', 'd-2')]);
  });

  it('does not give a pod that a host id has taken to another node', () => {
    const result = proposeMapping([node('1', 'c-0'), node('2', 'c-1')], [node('1', 'c-1')]);

    expect([...result.hostIds]).to.deep.equal([['1', '1']]);
    expect(result.unmatchedBackup).to.deep.equal([node('2', 'c-1')]);
  });

  it('guesses nothing where two have one name', () => {
    const result = proposeMapping([node('1', 'c-0')], [node('8', 'c-0'), node('9', 'c-0')]);

    expect(result.matches).to.deep.equal([]);
    expect(result.unmatchedBackup).to.have.length(1);
    expect(result.unmatchedCluster).to.have.length(2);
  });
});
