import type { Kind } from './kind.ts';

/** A keyspace, or a table of it. */
export interface RenamedThing {
  readonly keyspace: string;
  /** Absent = the keyspace with all its tables. */
  readonly table?: string;
}

/** What something of the backup is to be called. Either both sides name a table or none does. */
export interface Rename {
  readonly from: RenamedThing;
  readonly to: RenamedThing;
}

/** Cassandra takes names of up to 48 letters, digits and underscores for keyspaces and tables. */
const renameForm =
  /^(?<fromKeyspace>\w{1,48})(?:\.(?<fromTable>\w{1,48}))?=(?<toKeyspace>\w{1,48})(?:\.(?<toTable>\w{1,48}))?$/;

export const renames: Kind<readonly Rename[]> = {
  wanted: 'new names such as shop=shop_copy or shop.orders=scratch.orders_old, separated by commas',
  placeholder: 'old=new',
  isList: true,
  parse(value) {
    const items = value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    const parsed = items.flatMap((item) => parseRename(item) ?? []);
    return parsed.length > 0 && parsed.length === items.length ? parsed : undefined;
  },
};

function parseRename(item: string): Rename | undefined {
  const { fromKeyspace, fromTable, toKeyspace, toTable } = renameForm.exec(item)?.groups ?? {};
  if (fromKeyspace === undefined || toKeyspace === undefined) return undefined;
  if ((fromTable === undefined) !== (toTable === undefined)) return undefined;
  return {
    from: { keyspace: fromKeyspace, ...(fromTable === undefined ? {} : { table: fromTable }) },
    to: { keyspace: toKeyspace, ...(toTable === undefined ? {} : { table: toTable }) },
  };
}
