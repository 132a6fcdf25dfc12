/** Bytes and files of one node that are to be done, or that were. */
export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

/**
 * How far a run has come. Calls are cheap: they may come once a chunk. What they add up to is shown in place on
 * a terminal, and as a line every 30 s in a pod.
 */
export interface Progress {
  /** A new phase ("Uploading"); the counts begin anew. */
  setPhase(name: string): void;
  /** What a pod has to do in this phase. Calling it again for the same pod adds to it. */
  addNode(pod: string, total: Amount): void;
  advance(pod: string, done: Partial<Amount>): void;
  /** Takes bytes back that must be sent again: a failed part. */
  retract(pod: string, undone: { readonly bytes: number }): void;
  finishNode(pod: string): void;
}
