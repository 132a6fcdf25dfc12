import { expect } from 'chai';
import { type NamedNode, proposeMapping } from '../../../src/cassandra/node-mapping.ts';

const node = (hostId: string, pod: string, ...tokens: string[]): NamedNode => ({ hostId, pod, tokens });

function hostIds(
  backup: readonly NamedNode[],
  cluster: readonly NamedNode[],
): Array<readonly [string, string]> {
  return proposeMapping(backup, cluster).map((match) => [match.backup.hostId, match.cluster.hostId]);
}

describe('proposeMapping', () => {
  it('goes by host id, even where pods have changed names', () => {
    expect(hostIds([node('1', 'c-0'), node('2', 'c-1')], [node('2', 'c-0'), node('1', 'c-1')])).to.deep.equal(
      [
        ['1', '1'],
        ['2', '2'],
      ],
    );
  });

  it('goes by tokens in a cluster that was built again under other names', () => {
    const then = [node('1', 'c-0', '10', '-5'), node('2', 'c-1', '7')];
    const now = [node('8', 'c-1', '-5', '10'), node('9', 'x-0', '7')];

    expect(hostIds(then, now)).to.deep.equal([
      ['1', '8'],
      ['2', '9'],
    ]);
  });

  it('goes by pod name for nodes with new host ids and tokens', () => {
    const then = [node('1', 'c-0'), node('2', 'c-1', '3'), node('3', 'c-2')];
    const now = [node('1', 'c-0'), node('8', 'c-1', '4'), node('9', 'd-2')];

    expect(hostIds(then, now)).to.deep.equal([
      ['1', '1'],
      ['2', '8'],
    ]);
  });

  it('does not give a pod that a host id has taken to another node', () => {
    expect(hostIds([node('1', 'c-0'), node('2', 'c-1')], [node('1', 'c-1')])).to.deep.equal([['1', '1']]);
  });

  it('guesses nothing where two have one name', () => {
    expect(hostIds([node('1', 'c-0')], [node('8', 'c-0'), node('9', 'c-0')])).to.deep.equal([]);
  });
});
