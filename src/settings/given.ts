/** A value as it was given, before it is checked. */
export interface Given {
  readonly text: string;
  /** Where from, as the user knows it: `CAIN_PARALLEL`, `--parallel` or `-p`. */
  readonly source: string;
}

/** What one layer (environment or command line) gave, by the environment variable of the setting. */
export interface Layer {
  readonly given: ReadonlyMap<string, Given>;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}
