import { expect } from 'chai';
import { type Checkpoints, createCheckpoints } from '../../../../src/commands/backup/checkpoints.ts';
import { CainError } from '../../../../src/errors.ts';
import { type InventoryLine, parseInventoryLine } from '../../../../src/store/inventory.ts';
import { readJsonLines } from '../../../../src/store/json-lines.ts';
import { checkpointPrefix } from '../../../../src/store/layout.ts';
import { type StoreFault, withFaults } from '../../../support/faulty-store.ts';
import { type MemoryStore, openMemoryStore } from '../../../support/memory-store.ts';
import { type RecordingLog, recordLog } from '../../../support/recording-log.ts';

const never = new AbortController().signal;
const tag = '20260101000000';
const passing = new CainError('CAIN_STORE', 'Injected: busy', { retryable: true });

function line(id: number): InventoryLine {
  return {
    keyspace: 'shop',
    table: 'users',
    tableId: '0'.repeat(32),
    dataDirectory: '/data',
    file: `nb-${id}-big-Index.db`,
    sizeBytes: id,
    mtime: '1.000000000',
    inode: String(id),
    crc32: id,
    object: { key: `shop/abcdef/${tag}/pod-1/users/nb-${id}-big-Index.db`, etag: `"${id}"` },
  };
}

describe('createCheckpoints', () => {
  let bucket: MemoryStore;
  let log: RecordingLog;

  beforeEach(() => {
    bucket = openMemoryStore();
    log = recordLog();
  });

  function open(faults: readonly StoreFault[] = [], signal = never): Checkpoints {
    const store = withFaults(bucket, faults);
    return createCheckpoints({ store, tag, pod: 'pod-1', signal, log });
  }
  /** The ids in each checkpoint, in the order of their keys. */
  async function written(): Promise<readonly number[][]> {
    const all: number[][] = [];
    for await (const { key } of bucket.list(checkpointPrefix(tag, 'pod-1'))) {
      const ids: number[] = [];
      for await (const value of readJsonLines(bucket, key))
        ids.push(parseInventoryLine(value, key).sizeBytes);
      all.push(ids);
    }
    return all;
  }
  const untilDue = () => new Promise((resolve) => setTimeout(resolve, 1_050));

  it('writes nothing before a second is over, and then all that came so far', async () => {
    const checkpoints = open();

    for (const id of [1, 2, 3]) await checkpoints.add(line(id));
    expect(await written()).to.deep.equal([]);
    await untilDue();
    await checkpoints.add(line(4));

    expect(await written()).to.deep.equal([[1, 2, 3, 4]]);
  });

  it('flushes what is left, and nothing twice', async () => {
    const checkpoints = open();
    await checkpoints.add(line(1));

    await checkpoints.flush();
    await checkpoints.flush();

    expect(await written()).to.deep.equal([[1]]);
  });

  it('flushes although the signal of the transfer has fired', async () => {
    const controller = new AbortController();
    const checkpoints = open([], controller.signal);
    await checkpoints.add(line(1));

    controller.abort(new Error('stop'));
    await checkpoints.flush();

    expect(await written()).to.deep.equal([[1]]);
    expect(log.messages('warn')).to.deep.equal([]);
  });

  for (const error of [passing, 'lose-answer'] as const) {
    it(`fails no transfer and loses no line when the store fails (${typeof error === 'string' ? error : error.message})`, async () => {
      const checkpoints = open([{ method: 'put', error }]);
      await checkpoints.add(line(1));
      await untilDue();

      await checkpoints.add(line(2));
      await checkpoints.add(line(3));
      await checkpoints.flush();

      expect((await written()).at(-1)).to.deep.equal([1, 2, 3]);
      expect(log.messages('warn')).to.have.length(1);
    });
  }

  it('says when the last one could not be written, and rejects nobody', async () => {
    const checkpoints = open([{ method: 'put', error: passing }]);
    await checkpoints.add(line(1));

    await checkpoints.flush();

    expect(log.messages('warn')).to.have.length(1);
    expect(await written()).to.deep.equal([]);
  });
});
