/** Names a table wherever its name may be that of another one, dropped and made anew. The id may have dashes or not. */
export function tableKey(keyspace: string, tableId: string): string {
  return `${keyspace}/${tableId.replaceAll('-', '')}`;
}
