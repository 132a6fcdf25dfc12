/** A type of setting: how its text becomes a value, and the words for what is wanted when it does not. */
export interface Kind<T> {
  /** Completes "wanted: …" in an error: a noun phrase, with an example where it helps. */
  readonly wanted: string;
  /** Stands for the value in help: `--parallel <number>`. Absent = a switch that needs no value. */
  readonly placeholder?: string;
  /** Never shown, registered for redaction, also readable from the file that `<ENV>_FILE` names. */
  readonly isSecret?: true;
  /** The value is a path in Cain's own container that must be readable. */
  readonly isFile?: true;
  /** A flag given several times adds up, and does not replace. */
  readonly isList?: true;
  /** The text is trimmed and never empty. undefined = not what is wanted. */
  parse(text: string): T | undefined;
}
