import { checkCoverage } from './backup/check-coverage.ts';
import { readChosenState } from './backup/take-snapshots.ts';
import type { CommandContext } from './context.ts';
import { measurePhases } from './phases.ts';
import { preflight as runPreflight } from './preflight/preflight.ts';

/** Does a backup's first step and shows what it saw; changes nothing but the store's probe objects. */
export async function preflight(context: CommandContext): Promise<void> {
  measurePhases(context).begin('preflight');
  const { access, survey, store, ways } = await runPreflight(context);
  store.close();
  const state = await readChosenState({ context, access, survey, signal: context.signal });
  const level = checkCoverage(survey, state.ring, state.keyspaces, context.settings.coverage);

  context.print(`Cluster      ${survey.clusterName} (${survey.partitioner})`);
  context.print(`Bucket       ${store.location}`);
  context.print(`Keyspaces    ${state.keyspaces.map(({ name }) => name).join(', ')}`);
  context.print(`Coverage     ${level}`);
  for (const { pod, releaseVersion, dataDirectories, disks } of survey.nodes) {
    const free = disks.volumes.map(
      ({ freeBytes, totalBytes }) => `${Math.round((freeBytes / totalBytes) * 100)} % free`,
    );
    context.print(
      `Node         ${pod.name}: Cassandra ${releaseVersion}, ${dataDirectories.join(', ')} (${free.join(', ')})`,
    );
  }
  for (const [pod, { way, reason }] of ways) {
    context.print(`Transfer     ${pod}: ${way}${reason === undefined ? '' : ` (${reason})`}`);
  }
  context.print('Ready: a backup can run.');
}
