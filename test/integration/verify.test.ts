import { expect } from 'chai';
import { readListing } from '../../src/commands/list/read-listing.ts';
import { damagedKey, parseDataKey } from '../../src/store/layout.ts';
import { readObject } from '../../src/store/read-object.ts';
import { parseDamagedRecord } from '../../src/store/run-record.ts';
import type { Store } from '../../src/store/store.ts';
import { dayMs, objectKey, startHistory } from '../support/history.ts';
import { buildCain, type CainRun, startCain } from '../support/run-cain.ts';
import { startTestS3, type TestS3 } from '../support/test-s3.ts';

const { signal } = new AbortController();
const prefix = 'cain/databases/Test Cluster/';

/** The program as its image holds it, a real S3 server, and neither a cluster nor credentials of one. */
describe('verify', function () {
  this.timeout(60_000);
  let s3: TestS3;
  let store: Store;
  let first: string;
  let second: string;
  let shared: string;
  let ownOfSecond: string;

  before(async () => {
    await buildCain();
    s3 = await startTestS3();
    store = s3.openStore({ prefix });
    const history = startHistory();
    first = await history.backup({ nodes: { 'pod-0': ['a', 'b'], 'pod-1': ['a'] } });
    history.wait(dayMs);
    second = await history.backup({ nodes: { 'pod-0': [`a@${first}`, 'c'], 'pod-1': [`a@${first}`] } });
    for (const [key, { bytes, etag }] of history.store.objects) {
      const stored = await store.put(key, bytes);
      if (parseDataKey(key)) expect(stored.etag, 'what the inventories say').to.equal(etag);
    }
    shared = objectKey({ tag: first, file: 'a' });
    ownOfSecond = objectKey({ tag: second, file: 'c' });
  });
  after(async () => {
    store?.close();
    await s3?.stop();
  });

  async function verify(...args: readonly string[]): Promise<CainRun> {
    return await startCain(['verify', ...args], {
      CAIN_SRC: `s3://${s3.bucket}/${prefix}`,
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
      AWS_REGION: s3.region,
      AWS_S3_ENDPOINT: s3.endpoint,
      HOME: '/nonexistent',
    }).ended;
  }
  async function recorded(tag: string): Promise<readonly string[]> {
    return parseDamagedRecord(await readObject(store, damagedKey(tag), signal), 'record').objects;
  }

  it('finds whole backups whole, by what the server says and by every byte', async () => {
    const quick = await verify();
    const full = await verify('--full', '--output', 'json');

    expect(quick.exitCode, quick.stderr).to.equal(0);
    expect(quick.stdout).to.match(
      /4 objects of 2 backups, .*: all listed, 4 looked up one by one; 0 damaged/,
    );
    expect(full.exitCode, full.stderr).to.equal(0);
    expect(JSON.parse(full.stdout).checked).to.include({ objects: 4, withoutChecksum: 0 });
    expect(JSON.parse(full.stdout).checked.readBytes).to.be.greaterThan(0);
    expect(await store.head(damagedKey(first))).to.equal(undefined);
  });

  it('ends with 5, names file, tables and backups, and marks them, until they are whole again', async () => {
    const bytes = await readObject(store, shared, signal);
    await store.delete([shared]);
    await store.put(ownOfSecond, Buffer.from('cut'));

    const damaged = await verify();

    expect(damaged.exitCode).to.equal(5);
    expect(damaged.stdout).to.contain(`${shared} is missing`);
    expect(damaged.stdout).to.contain(`of shop.orders of pod-0 in ${first}, ${second}`);
    expect(damaged.stdout).to.contain(`${ownOfSecond} has 3 bytes`);
    expect(damaged.stderr).to.contain('CAIN_DAMAGED');
    expect([await recorded(first), await recorded(second)]).to.deep.equal([[shared], [shared, ownOfSecond]]);
    const { backups } = await readListing(store, signal);
    expect(backups.map(({ isDamaged }) => isDamaged)).to.deep.equal([true, true]);

    await store.put(shared, bytes);
    const mended = await verify('--tag', first);

    expect(mended.exitCode, mended.stderr).to.equal(0);
    expect(mended.stdout).to.match(new RegExp(`${first} .* whole again`));
    expect([await recorded(first), await recorded(second)]).to.deep.equal([[], [shared, ownOfSecond]]);
  });

  it('reads a share, and each part in its turn', async () => {
    const share = await verify('--tag', first, '--full', '--sample', '50%', '--output', 'json');
    const parts = await Promise.all(
      ['1/2', '2/2'].map((part) => verify('--tag', first, '--full', '--sample', part, '--output', 'json')),
    );

    expect(JSON.parse(share.stdout).checked.slice).to.include({ of: 2 });
    const read = parts.map(({ stdout }) => JSON.parse(stdout).checked.readBytes as number);
    const { bytes } = JSON.parse(share.stdout).checked;
    expect((read[0] ?? 0) + (read[1] ?? 0)).to.equal(bytes);
  });

  it('refuses two levels at once, and backups that are not there', async () => {
    const both = await verify('--quick', '--full');
    const absent = await verify('--tag', '20240101000000');

    expect([both.exitCode, absent.exitCode]).to.deep.equal([2, 3]);
  });
});
