import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type S3FaultProxy, startS3FaultProxy } from '../../support/s3-fault-proxy.ts';

const listing = `<ListBucketResult>${[
  '<Contents><Key>cain/old</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>',
  '<Contents><Key>cain/new</Key><LastModified>2026-01-02T12:00:00.000Z</LastModified></Contents>',
  '<CommonPrefixes><Prefix>cain/.cain/backups/20260101000000/</Prefix></CommonPrefixes>',
  '<CommonPrefixes><Prefix>cain/.cain/backups/20260102120000/</Prefix></CommonPrefixes>',
  '<CommonPrefixes><Prefix>cain/shop/</Prefix></CommonPrefixes>',
].join('')}</ListBucketResult>`;

describe('A stale list of the S3 fault proxy', () => {
  let server: Server;
  let proxy: S3FaultProxy;

  before(async () => {
    server = createServer((_, answer) => answer.end(listing)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await startS3FaultProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  after(async () => {
    await proxy.close();
    server.close();
  });

  const list = async () => await (await fetch(`${proxy.endpoint}/bucket?list-type=2`)).text();

  it('lacks objects and tags from its time on, and nothing else', async () => {
    proxy.inject({ kind: 'stale-list', request: 'list', staleSince: new Date('2026-01-02T12:00:00.600Z') });
    expect(await list())
      .to.include('cain/new')
      .and.not.include('20260102120000');
    proxy.takeHits();

    proxy.inject({ kind: 'stale-list', request: 'list', staleSince: new Date('2026-01-02T00:00:00Z') });
    const stale = await list();

    expect(stale).to.include('cain/old').and.include('20260101000000').and.include('cain/shop/');
    expect(stale).to.not.match(/cain\/new|20260102120000/);
    expect(proxy.takeHits()).to.equal(1);
  });

  it('lacks only what came before its end', async () => {
    proxy.inject({
      kind: 'stale-list',
      request: 'list',
      staleSince: new Date('2026-01-01T00:00:00Z'),
      staleUntil: new Date('2026-01-02T00:00:00Z'),
    });

    const stale = await list();

    expect(stale).to.not.match(/cain\/old|20260101000000/);
    expect(stale).to.include('cain/new').and.include('20260102120000');
    proxy.takeHits();
  });

  it('is not hit by a list that would lack nothing', async () => {
    proxy.inject({
      kind: 'stale-list',
      request: 'list',
      staleSince: new Date('2026-02-01'),
      times: Number.POSITIVE_INFINITY,
    });

    expect(await list()).to.equal(listing);

    expect(() => proxy.assertAllHit()).to.throw('nothing hit');
  });
});
