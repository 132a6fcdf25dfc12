import { expect } from 'chai';
import { placeDirectories } from '../../../../src/commands/restore/placement.ts';

const volumes = ['/a', '/b'].map((directory, index) => ({
  directory,
  device: directory,
  totalBytes: 1000,
  freeBytes: 400 + index * 100,
}));

describe('placement of data directories', () => {
  it('leaves files where they were', () => {
    const place = placeDirectories(
      new Map([
        ['/a', 10],
        ['/b', 10],
      ]),
      ['/a', '/b'],
      volumes,
    );

    expect([place('/a'), place('/b')]).to.deep.equal(['/a', '/b']);
  });

  it('puts those of directories that are gone where the most room is left', () => {
    const bytes = new Map([
      ['/a', 10],
      ['/old1', 300],
      ['/old2', 100],
    ]);

    const place = placeDirectories(bytes, ['/a', '/b'], volumes);

    expect(['/a', '/old1', '/old2'].map(place)).to.deep.equal(['/a', '/b', '/a']);
  });
});
