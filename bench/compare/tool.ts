import type { EmbeddedCluster } from '../../test/support/embedded/cluster.ts';
import type { DataSet } from './data-set.ts';
import type { DatabaseCpu } from './database-cpu.ts';
import type { Command } from './measure.ts';
import type { PhaseReceiver } from './phase-receiver.ts';
import type { ToolName } from './result.ts';

/** Where all tools meet the same data and the same server. */
export interface Bench {
  readonly cluster: EmbeddedCluster;
  readonly phases: PhaseReceiver;
  readonly database: DatabaseCpu;
  /** Where what failing tools said is kept. */
  readonly logDirectory: string;
}

/** One thing to measure. */
export interface Work {
  readonly kind: 'first' | 'second' | 'restore';
  readonly dataSet: DataSet;
  /** Distinct for each first backup of a tool. Second backups and restores go by the last first one. */
  readonly round: number;
}

export interface Job extends Command {
  /** Where in the bucket its objects lie, without a slash at the end. */
  readonly prefix: string;
  /** Of a run that succeeded: what moving the files took, where its output tells. */
  transferSeconds?(output: string): number | undefined;
  /** How long Cassandra was stopped or starting. */
  restartSeconds?(): number;
  /** Told of the output of a run that succeeded; not measured. */
  done?(output: string): Promise<void>;
}

export interface Tool {
  readonly name: ToolName;
  /** Its name and version, for the table. */
  readonly version: string;
  /** What is to be run and measured; what this itself does (a snapshot for the plain copy, say) is not. */
  prepare(work: Work): Promise<Job>;
}

/** A tool that can't be had or pointed at this server says why, for its rows. */
export type ToolOrWhy = Tool | { readonly name: ToolName; readonly why: string };

/** What a second backup or a restore goes by; without a first backup of this data there is nothing to measure. */
export function earlierOf<Kept>(kept: ReadonlyMap<string, Kept>, { dataSet }: Work): Kept {
  const earlier = kept.get(dataSet.name);
  if (earlier === undefined) throw new Error('it has no first backup of these files to go by');
  return earlier;
}
