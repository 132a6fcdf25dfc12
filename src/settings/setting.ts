import type { CommandName } from '../command-names.ts';
import type { Kind } from './kind.ts';

/** What a row of the settings table says beside the kind of its value. */
export interface SettingSpec {
  /** The environment variable; the flag's name is made from it. */
  readonly env: string;
  /** The flag's name where it is not the kebab-case of `env` without CAIN_. */
  readonly flag?: string;
  /** The original's short letter; a record where it has the letter for some commands only. */
  readonly short?: string | Readonly<Partial<Record<CommandName, string>>>;
  /** In the form in which a user writes it: `20s`, `8MiB`. Absent = unset, and the value may be undefined. */
  readonly default?: string;
  /** What unset means, where that is not plain. */
  readonly unset?: string;
  /** One sentence, without full stop. */
  readonly help: string;
  /** The commands that read it. As a flag it is an error elsewhere, in the environment it is not. */
  readonly usedBy: readonly CommandName[];
  readonly requiredBy?: readonly CommandName[];
}

/** One row of the settings table. */
export interface Setting<T = unknown> extends SettingSpec {
  readonly kind: Kind<T>;
}

/** The type of a row's value: with a default it is always there. */
export type ValueOf<Row> = Row extends { readonly kind: Kind<infer T> }
  ? Row extends { readonly default: string }
    ? T
    : T | undefined
  : never;

/** Declares one row; its exact type is kept, so that the type of `Settings` follows from the table. */
export function setting<T, const Spec extends SettingSpec>(kind: Kind<T>, spec: Spec): Setting<T> & Spec {
  return { kind, ...spec };
}

/** The variable that may name a mounted file in which a secret lies. */
export function secretFileEnv(row: Setting): string {
  return `${row.env}_FILE`;
}
