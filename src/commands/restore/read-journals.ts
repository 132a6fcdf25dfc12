import { restoreCompaction } from '../../cassandra/compaction.ts';
import type { NodeJournal } from '../../cassandra/journal.ts';
import { readJournals } from '../../cassandra/journal-files.ts';
import { onAllNodes, type RestoreRun } from './restore-run.ts';
import type { JournalsByPod } from './resume.ts';

/** The journals of all restores, finished ones too, of every node. */
export async function readAllJournals(run: RestoreRun): Promise<JournalsByPod> {
  const journals = new Map<string, readonly NodeJournal[]>();
  await onAllNodes(run.survey.nodes, async ({ pod, dataDirectories }) => {
    journals.set(pod.name, await readJournals(run.access.tools, pod, dataDirectories, run.signal));
  });
  return journals;
}

/** A restore that was killed while it imported, or could not turn it on again, may have left automatic compaction off. */
export async function mendCompaction(run: RestoreRun, journals: JournalsByPod): Promise<void> {
  await onAllNodes(run.survey.nodes, async ({ pod }) => {
    for (const { directory, states, compactionOff = [] } of journals.get(pod.name) ?? []) {
      // An import of an earlier call may go on still, and have yet to say so: this waits for it.
      const mayGoOn = [...states.values()].includes('importing');
      if (!mayGoOn && compactionOff.length === 0) continue;
      await restoreCompaction(run.access.tools, pod, directory, run.signal);
    }
  });
}
