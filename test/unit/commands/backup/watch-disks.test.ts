import { expect } from 'chai';
import type { PodTools } from '../../../../src/cassandra/pod-tools.ts';
import { watchDisks } from '../../../../src/commands/backup/watch-disks.ts';
import { CainError } from '../../../../src/errors.ts';
import { rejectOnAbort } from '../../../../src/time-limit.ts';
import { backupRun } from '../../../support/backup-run.ts';
import { waitUntil } from '../../../support/embedded/wait-until.ts';
import { rejection } from '../../../support/error-code.ts';
import { openMemoryStore } from '../../../support/memory-store.ts';

const nodes = { 'pod-0': ['/data'], 'pod-1': ['/data'] };

/** Free space in percent by pod; an error in its place is thrown, `hang` waits for the signal. */
function disksOf(free: Record<string, number | Error | 'hang'>): PodTools & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async run(pod, { signal }) {
      asked.push(pod.name);
      const found = free[pod.name] ?? 0;
      if (found === 'hang') return await rejectOnAbort(signal);
      if (found instanceof Error) throw found;
      return new Map([
        ['volumes', [`df /dev/sda 100 ${100 - found} ${found} ${100 - found}% /data\n`]],
        ['snapshots', ['']],
      ]);
    },
  };
}

describe('watchDisks', () => {
  function start(tools: PodTools) {
    const controller = new AbortController();
    const run = backupRun({ store: openMemoryStore(), nodes, tools, settings: { minFree: 10 } });
    return { controller, run, watching: watchDisks(run, controller.signal, 5) };
  }

  it('looks at every node again and again, and ends with its signal', async () => {
    const tools = disksOf({ 'pod-0': 50, 'pod-1': 10 });
    const { controller, watching } = start(tools);

    await waitUntil(() => tools.asked.length >= 6);
    controller.abort(new Error('all nodes are stored'));

    await watching;
    expect(new Set(tools.asked)).to.deep.equal(new Set(['pod-0', 'pod-1']));
  });

  it('names pod and directory that ran low', async () => {
    const { watching } = start(disksOf({ 'pod-0': 50, 'pod-1': 9 }));

    const error = await rejection(watching, 'CAIN_DISK_LOW');

    expect(error.message).to.contain('pod-1').and.contain('/data').and.contain('9.0 %');
  });

  it('ends without an error when its signal fires while it looks: a node that was stored must stay so', async () => {
    const tools = disksOf({ 'pod-0': 'hang', 'pod-1': 'hang' });
    const { controller, run, watching } = start(tools);
    await waitUntil(() => tools.asked.length === 2);

    controller.abort(new Error('all nodes are stored'));

    await watching;
    expect(run.log.messages('warn')).to.deep.equal([]);
  });

  it('goes on when a node can not be asked, and says so', async () => {
    const cut = new CainError('CAIN_EXEC_CUT', 'cut', { retryable: true });
    const tools = disksOf({ 'pod-0': cut, 'pod-1': 50 });
    const { controller, run, watching } = start(tools);

    await waitUntil(() => tools.asked.length >= 6);
    controller.abort(new Error('all nodes are stored'));

    await watching;
    expect(run.log.messages('warn')).to.include('Free disk space could not be read');
  });
});
