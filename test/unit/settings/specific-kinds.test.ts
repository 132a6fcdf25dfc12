import { expect } from 'chai';
import type { Kind } from '../../../src/settings/kind.ts';
import {
  absolutePaths,
  cronSchedule,
  customerKey,
  keyspacePatterns,
  kubernetesName,
  metricsJob,
  objectTags,
  parallelism,
  planName,
  restoreConfirmation,
  runId,
  s3Endpoint,
  schemaSum,
  tablePatterns,
  tagOrLatest,
  timeZone,
} from '../../../src/settings/specific-kinds.ts';

function describeKind(
  name: string,
  kind: Kind<unknown>,
  right: readonly string[],
  wrong: readonly string[],
): void {
  describe(name, () => {
    for (const text of right) it(`takes ${text}`, () => expect(kind.parse(text)).to.not.equal(undefined));
    for (const text of wrong) it(`refuses ${text}`, () => expect(kind.parse(text)).to.equal(undefined));
  });
}

describeKind('kubernetesName', kubernetesName, ['a', 'my-ns1'], ['A', '-a', 'a-', 'a_b', 'a'.repeat(64)]);
describeKind('planName', planName, ['default', 'nightly-2'], ['Nightly', 'a b', 'a/b']);
describeKind(
  'keyspacePatterns',
  keyspacePatterns,
  ['shop', 'shop,log_*', '!scratch', 'Mixed?'],
  ['a.b', 'a b', 'a;b'],
);
describeKind('tablePatterns', tablePatterns, ['shop.orders', 'log.*,!log.old'], ['shop', 'a.b.c', '.t']);
describeKind('absolutePaths', absolutePaths, ['/data', '/data1,/data2'], ['data', '/a,b']);
describeKind(
  'tagOrLatest',
  tagOrLatest,
  ['20250131020000', 'latest'],
  ['Latest', '2025013102000', '202501310200000'],
);
describeKind('schemaSum', schemaSum, ['8f8436'], ['8F8436', '8f843', '/tmp/schema.cql', 'schema.cql']);
describeKind(
  'restoreConfirmation',
  restoreConfirmation,
  ['Test Cluster/20250131020000'],
  ['Test Cluster', 'c/latest', '/20250131020000'],
);
describeKind('runId', runId, ['2c1b5f0e-0c50-4f6e-9d1a-9c1c7d1b2a3f'], ['a/b', '', 'a'.repeat(65)]);
describeKind(
  'cronSchedule',
  cronSchedule,
  ['0 2 * * *', '@daily', '*/5 0-3 1,15 * MON'],
  ['* * * *', '0 0 2 * * *', '@every soon', 'daily', '61 * * * *'],
);
describeKind(
  's3Endpoint',
  s3Endpoint,
  ['https://minio:9000', 'minio:9000', 'http://10.0.0.1/', 's3.example.org', 'http://[::1]:9000'],
  ['http://user:word@host', 'http://host/path', 'ftp://host', 'host:port'],
);

describeKind(
  'objectTags',
  objectTags,
  [
    'team=db',
    'team=db,tier=gold class',
    'a=',
    'a/b:c=d=e@f',
    Array.from({ length: 10 }, (_, n) => `k${n}=v`).join(','),
  ],
  [
    ...['team', '=db', 'aws:x=1', 'a=1,a=2', 'a=1,', 'a=1;b', `${'k'.repeat(129)}=v`, `k=${'v'.repeat(257)}`],
    Array.from({ length: 11 }, (_, n) => `k${n}=v`).join(','),
  ],
);
describeKind(
  'customerKey',
  customerKey,
  [Buffer.alloc(32).toString('base64')],
  [
    Buffer.alloc(31).toString('base64'),
    Buffer.alloc(33).toString('base64'),
    'secret',
    Buffer.alloc(32).toString('hex'),
  ],
);

describe('objectTags', () => {
  it('gives keys and values as they are meant', () => {
    expect(objectTags.parse('team=db, tier=a=b')).to.deep.equal({ team: 'db', tier: 'a=b' });
  });
});

describe('parallelism', () => {
  it("reads the original's 0, all files at once, as 64", () => {
    expect(parallelism.parse('0')).to.equal(64);
    expect(parallelism.parse('1')).to.equal(1);
    expect(parallelism.parse('5abc')).to.equal(undefined);
  });
});

describe('schemaSum', () => {
  it('says that it is no file: users took it for one', () => {
    expect(schemaSum.wanted).to.contain('not a file');
  });
});
describeKind('timeZone', timeZone, ['Europe/Berlin', 'Etc/UTC'], ['Europe/Bonn', 'europe/berlin', '+01:00']);
describeKind('metricsJob', metricsJob, ['cain', 'nightly backup'], ['a/b']);
