import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { runSecretStatements } from '../../../src/cassandra/run-secret-statements.ts';
import { type BarePods, startBarePods } from '../../support/embedded/bare-pods.ts';
import { type RestoreNode, restoreNode } from '../../support/restore-node.ts';

const never = new AbortController().signal;

describe('statements that nobody may read', () => {
  let pods: BarePods;
  let node: RestoreNode;

  beforeEach(async () => {
    pods = await startBarePods(1);
    node = restoreNode(pods);
  });
  afterEach(() => pods.stop());

  it('reach cqlsh through a file that is gone afterwards, and never as an argument', async () => {
    await runSecretStatements(
      node.tools,
      node.pod,
      ["CREATE ROLE x WITH HASHED PASSWORD = '$2a$secret'"],
      never,
    );

    const [call = ''] = node.calls();
    const [, folder = ''] = /SOURCE '(.*)\/statements'/.exec(call) ?? [];
    expect(folder).to.match(/cain-logins-roles-\d+$/);
    expect(call).not.to.contain('secret');
    const parent = folder.slice(0, folder.lastIndexOf('/'));
    expect(readdirSync(parent)).not.to.include(folder.slice(parent.length + 1));
  });
});
