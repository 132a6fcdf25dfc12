import { version as cainVersion } from '../version.ts';
import type { CommandContext } from './context.ts';

/** Prints Cain's version and that of the Node that runs it. */
export async function version({ print }: CommandContext): Promise<void> {
  print(`cain ${cainVersion} (Node ${process.versions.node})`);
}
