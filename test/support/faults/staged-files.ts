import { join } from 'node:path';
import { restoreDirectoryName } from '../../../src/cassandra/restore-paths.ts';
import { filesIn } from '../model/sstables.ts';

/** What restores left below the data directories of a node but their journals, as `<restore id>/<name>`. */
export function stagedFiles(dataDirectories: readonly string[]): readonly string[] {
  return dataDirectories
    .map((directory) => join(directory, restoreDirectoryName))
    .flatMap((root) => filesIn(root).flatMap((id) => filesIn(join(root, id)).map((name) => `${id}/${name}`)))
    .filter((path) => !path.endsWith('/journal'));
}
