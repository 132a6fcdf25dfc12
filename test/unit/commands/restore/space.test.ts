import { expect } from 'chai';
import {
  checkSpace,
  percentLeft,
  volumeNeeds,
  volumeWarnings,
} from '../../../../src/commands/restore/space.ts';
import { CainError } from '../../../../src/errors.ts';

const volumes = [
  { directory: '/a/1', device: '/a', totalBytes: 1000, freeBytes: 500 },
  { directory: '/a/2', device: '/a', totalBytes: 1000, freeBytes: 500 },
  { directory: '/b', device: '/b', totalBytes: 1000, freeBytes: 200 },
];
const toStage = new Map([
  ['/a/1', 150],
  ['/a/2', 250],
  ['/b', 100],
]);

describe('room for a restore', () => {
  it('adds up the directories of a volume', () => {
    const needs = volumeNeeds('pod-0', volumes, { toStage, staged: new Map() });

    expect(needs.map(({ directories, neededBytes }) => [directories.join(), neededBytes])).to.deep.equal([
      ['/a/1,/a/2', 400],
      ['/b', 100],
    ]);
    expect(needs.map(percentLeft)).to.deep.equal([10, 10]);
    expect(() => checkSpace(needs, 10)).not.to.throw();
  });

  it('names every volume that has too little', () => {
    const needs = volumeNeeds('pod-0', volumes, { toStage, staged: new Map() });

    expect(() => checkSpace(needs, 11))
      .to.throw(CainError, /\/a\/1 and \/a\/2: 400 bytes.*\/b: 100 bytes/s)
      .with.property('code', 'CAIN_RESTORE_SPACE');
  });

  it('is doubted on volumes that could not take all that Cassandra may put there', () => {
    const needs = volumeNeeds('pod-0', volumes, { toStage, staged: new Map() });
    const alone = volumeNeeds('pod-1', volumes.slice(2), { toStage, staged: new Map() });

    expect(volumeWarnings([...needs, ...alone], 0)).to.deep.equal([
      "pod-0 has 2 data volumes, among which Cassandra chooses by token: /b can't take all 500 bytes that come to the node (200 are free)",
    ]);
    expect(volumeWarnings(needs, 5)).to.have.length(2);
  });

  it('leaves out what is staged already, and volumes that get nothing', () => {
    const staged = new Map([
      ['/a/1', 100],
      ['/a/2', 250],
      ['/b', 999],
    ]);

    const needs = volumeNeeds('pod-0', volumes, { toStage, staged });

    expect(needs.map(({ neededBytes }) => neededBytes)).to.deep.equal([50, 0]);
    expect(() => checkSpace(needs, 40)).not.to.throw();
  });
});
