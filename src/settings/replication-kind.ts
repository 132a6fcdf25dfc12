import type { Kind } from './kind.ts';

/** Copies by data centre: `dc1=3,dc2=2`. */
export const copiesByDataCenter: Kind<Readonly<Record<string, number>>> = {
  wanted: 'copies by data centre, such as dc1=3,dc2=2',
  placeholder: 'dc=copies',
  isList: true,
  parse(value) {
    const items = value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    const copies = items.map((item) => /^(?<name>[^='",{}]+)=(?<count>[1-9]\d{0,2})$/.exec(item)?.groups);
    if (copies.length === 0 || copies.includes(undefined)) return undefined;
    const entries = copies.map((groups) => [groups?.name?.trim() ?? '', Number(groups?.count)] as const);
    return new Set(entries.map(([name]) => name)).size === entries.length
      ? Object.fromEntries(entries)
      : undefined;
  },
};
