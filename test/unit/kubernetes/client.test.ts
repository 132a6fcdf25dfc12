import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'chai';
import { CainError } from '../../../src/errors.ts';
import { connectKubernetes } from '../../../src/kubernetes/client.ts';

describe('connectKubernetes', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cain-kubeconfig-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(name: string, config: object): string {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...config }));
    return path;
  }
  const clusters = [{ name: 'c', cluster: { server: 'https://c.example:6443' } }];
  const contexts = [{ name: 'here', context: { cluster: 'c', user: 'u' } }];
  const users = [{ name: 'u', user: { token: 't' } }];

  it('joins the files that KUBECONFIG names, as kubectl does', () => {
    const first = write('first', { clusters, contexts, 'current-context': 'here' });
    const second = write('second', { users });

    const { credentials } = connectKubernetes({ kubeconfig: [first, second].join(delimiter) });

    expect(credentials).to.contain(first);
  });

  it('names the file that names no cluster', () => {
    const path = write('empty', { clusters, contexts });

    expect(() => connectKubernetes({ kubeconfig: path }))
      .to.throw(CainError, path)
      .with.property('code', 'CAIN_KUBERNETES_ACCESS');
  });

  it('says what is wrong with a file that is missing', () => {
    expect(() => connectKubernetes({ kubeconfig: join(folder, 'none') }))
      .to.throw(CainError, 'ENOENT')
      .with.property('code', 'CAIN_KUBERNETES_ACCESS');
  });

  it('says that there are none, outside of a pod and without a file', () => {
    const { KUBERNETES_SERVICE_HOST: host } = process.env;
    delete process.env.KUBERNETES_SERVICE_HOST;
    try {
      expect(() => connectKubernetes({ home: folder }))
        .to.throw(CainError, 'no Kubernetes credentials')
        .with.property('code', 'CAIN_KUBERNETES_ACCESS');
    } finally {
      if (host !== undefined) process.env.KUBERNETES_SERVICE_HOST = host;
    }
  });
});
