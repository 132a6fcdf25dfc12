/** What cqlsh prints of one `SELECT JSON`. */
export function cqlshRows(rows: readonly object[]): string {
  const lines = rows.map((row) => ` ${JSON.stringify(row).replaceAll('\\', '\\\\')}`);
  return `\n [json]\n------\n${lines.join('\n')}\n\n(${rows.length} rows)\n`;
}
