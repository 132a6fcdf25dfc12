import { expect } from 'chai';
import { checkComponents, digestFileOf, isData, parseComponent } from '../../../src/cassandra/sstable.ts';
import { readFixture } from '../../support/cassandra-samples.ts';

/** The files of real snapshots, directory by directory. */
function snapshotFiles(): ReadonlyMap<string, readonly string[]> {
  const directories = new Map<string, string[]>();
  for (const path of readFixture('5.0.9/snapshot-files.txt').trim().split('\n')) {
    const slash = path.lastIndexOf('/');
    const directory = path.slice(0, slash);
    directories.set(directory, [...(directories.get(directory) ?? []), path.slice(slash + 1)]);
  }
  return directories;
}

const bigCompressed = [
  'Data.db',
  'Index.db',
  'Statistics.db',
  'CompressionInfo.db',
  'Digest.crc32',
  'TOC.txt',
];
const files = (sstable: string, components: readonly string[]): string[] =>
  components.map((component) => `${sstable}-${component}`);

describe('parseComponent', () => {
  it('takes no path for a component of SASI', () => {
    expect(parseComponent('nb-1-big-SI_by_name.db')?.component).to.equal('SI_by_name.db');
    expect(parseComponent('nb-1-big-SI_/../../../etc/cron.d/x.db')).to.equal(undefined);
  });

  it('reads names with sequence numbers', () => {
    expect(parseComponent('nb-12-big-CompressionInfo.db')).to.deep.equal({
      sstable: 'nb-12-big',
      version: 'nb',
      id: '12',
      format: 'big',
      component: 'CompressionInfo.db',
    });
  });

  it('reads names with UUIDs', () => {
    expect(parseComponent('da-3h5q_0tlt_32t7e2biw1huidqgpf-bti-Data.db')).to.deep.equal({
      sstable: 'da-3h5q_0tlt_32t7e2biw1huidqgpf-bti',
      version: 'da',
      id: '3h5q_0tlt_32t7e2biw1huidqgpf',
      format: 'bti',
      component: 'Data.db',
    });
  });

  it('reads the components of SASI and SAI indexes', () => {
    expect(parseComponent('nb-1-big-SI_sasi_title.db')?.component).to.equal('SI_sasi_title.db');
    expect(parseComponent('nb-1-big-SAI+aa+GroupMeta.db')?.component).to.equal('SAI+aa+GroupMeta.db');
    expect(parseComponent('nb-1-big-SAI+aa+sai_color+TermsData.db')?.sstable).to.equal('nb-1-big');
  });

  it('takes every file of real snapshots but their own two and the directory of a legacy index', () => {
    const strangers = [...snapshotFiles().values()].flat().filter((file) => !parseComponent(file));

    expect(new Set(strangers)).to.deep.equal(new Set(['manifest.json', 'schema.cql', '.users_email']));
  });

  for (const file of [
    '.users_email',
    'backups',
    'nb_txn_flush_b73f76a0-e65e-11f1-8eba-273eb4912511.log',
    'nb-1-big-Statistics.db-tmp',
    'nb-1-big-TOC.txt.tmp',
    'nb-1-big',
    'nb-1-big-',
    'nb-x-big-Data.db',
    'nb-1-new-Data.db',
    'shop-users-ka-1-Data.db',
    '',
  ]) {
    it(`takes "${file}" for no component`, () => {
      expect(parseComponent(file)).to.equal(undefined);
    });
  }
});

describe('isData', () => {
  it('knows the file that holds the rows', () => {
    expect(isData('nb-1-big-Data.db')).to.equal(true);
    expect(isData('nb-1-big-SAI+aa+sai_color+TermsData.db')).to.equal(false);
    expect(isData('Data.db')).to.equal(false);
  });
});

describe('digestFileOf', () => {
  it('names the digest of a data file', () => {
    expect(digestFileOf('nb-1-big-Data.db')).to.equal('nb-1-big-Digest.crc32');
  });
});

describe('checkComponents', () => {
  it('finds real snapshots whole', () => {
    for (const [directory, names] of snapshotFiles()) {
      expect(checkComponents(names), directory).to.deep.equal([]);
    }
  });

  it('takes CRC.db in place of CompressionInfo.db, and needs neither filter nor summary', () => {
    expect(
      checkComponents(files('nb-1-big', ['Data.db', 'Index.db', 'Statistics.db', 'CRC.db'])),
    ).to.deep.equal([]);
  });

  it('needs the components of the BTI format', () => {
    const whole = ['Data.db', 'Partitions.db', 'Rows.db', 'Statistics.db', 'CompressionInfo.db'];

    expect(checkComponents(files('da-1-bti', whole))).to.deep.equal([]);
    for (const component of whole.slice(0, 4)) {
      const left = whole.filter((other) => other !== component);
      expect(checkComponents(files('da-1-bti', left))).to.deep.equal([
        { sstable: 'da-1-bti', missing: [component] },
      ]);
    }
  });

  it('names each SSTable that is not whole, and all that it lacks', () => {
    const found = checkComponents([
      ...files('nb-1-big', bigCompressed),
      ...files('nb-2-big', bigCompressed.slice(1)),
      ...files('nb-11-big', ['Data.db', 'TOC.txt']),
      'manifest.json',
    ]);

    expect(found).to.deep.equal([
      { sstable: 'nb-2-big', missing: ['Data.db'] },
      { sstable: 'nb-11-big', missing: ['Index.db', 'Statistics.db', 'CompressionInfo.db or CRC.db'] },
    ]);
  });

  it('finds nothing wrong with nothing', () => {
    expect(checkComponents([])).to.deep.equal([]);
  });
});
