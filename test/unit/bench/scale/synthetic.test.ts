import { expect } from 'chai';
import { createBucket } from '../../../../bench/scale/bucket.ts';
import { answer } from '../../../../bench/scale/s3-answers.ts';
import {
  fileNumbers,
  inventoryLine,
  objectKey,
  objectNumbers,
  parseObjectKey,
  podName,
  type SyntheticCluster,
  tags,
} from '../../../../bench/scale/synthetic.ts';
import { syntheticTools } from '../../../../bench/scale/synthetic-tools.ts';
import { listSnapshot } from '../../../../src/cassandra/snapshot-listing.ts';

const cluster: SyntheticCluster = { nodes: 3, filesPerNode: 100 };
const prefix = 'databases/scale/';
const bucket = () => createBucket('/nowhere', prefix, cluster);

function keysUnder(made: ReturnType<typeof bucket>, under: string): readonly string[] {
  const keys: string[] = [];
  for (let from: number | undefined = 0; from !== undefined; ) {
    const page = made.list(prefix + under, from, 7);
    keys.push(...page.entries.map(({ key }) => key.slice(prefix.length)));
    from = page.next;
  }
  return keys;
}

describe('the synthetic cluster', () => {
  it('has in its bucket exactly the objects that its inventories point at, and a tenth that only the first does', () => {
    const made = bucket();
    const pointedAt = (tag: (typeof tags)[number]) => {
      const [from, to] = fileNumbers(cluster, tag);
      return Array.from(
        { length: to - from },
        (_, index) => inventoryLine(cluster, 1, from + index).object.key,
      );
    };

    const listed = tags.flatMap((tag) => keysUnder(made, `bench/abc123/${tag}/${podName(1)}/`));

    expect(new Set(listed)).to.deep.equal(new Set([...pointedAt(tags[0]), ...pointedAt(tags[1])]));
    expect(listed.filter((key) => !pointedAt(tags[1]).includes(key))).to.have.length(10);
  });

  it('takes a key apart into what it was made of', () => {
    const [from] = objectNumbers(cluster, tags[1]);

    expect(parseObjectKey(objectKey(tags[1], 2, from + 9))).to.deep.equal({
      tag: tags[1],
      node: 2,
      number: from + 9,
    });
    expect(parseObjectKey('.cain/owner.json')).to.equal(undefined);
  });

  it('lists a snapshot whose files are those of its second backup', async () => {
    const pod = { namespace: 'databases', name: podName(1), container: 'cassandra', uid: 'u', isReady: true };

    const listing = await listSnapshot(
      syntheticTools(cluster),
      pod,
      { tag: '20260103000000', dataDirectories: [] },
      new AbortController().signal,
    );

    const components = listing.tables[0]?.files.filter(({ file }) => file.startsWith('nb-')) ?? [];
    const [from, to] = fileNumbers(cluster, tags[1]);
    expect(components).to.have.length(to - from);
    for (const [index, file] of components.entries()) {
      expect(inventoryLine(cluster, 1, from + index)).to.deep.include(file);
    }
  });
});

describe('the synthetic bucket', () => {
  it('forgets what is deleted, by batches', () => {
    const made = bucket();
    const key = objectKey(tags[0], 1, 9);
    const body = Buffer.from(`<Delete><Object><Key>${prefix}${key}</Key></Object></Delete>`);

    answer(made, { method: 'POST', key: '', query: new URLSearchParams('delete='), headers: {}, body });

    expect(made.removedObjects).to.equal(1);
    expect(keysUnder(made, `bench/abc123/${tags[0]}/${podName(1)}/`))
      .to.have.length(99)
      .and.not.include(key);
  });

  it('lists a whole tag, node after node', () => {
    expect(keysUnder(bucket(), `bench/abc123/${tags[1]}/`)).to.have.length(30);
  });
});
