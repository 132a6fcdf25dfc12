/** What cqlsh 6.2.2 prints on stdout before all else when it meets a 5.0.9. */
export const cqlshWarning =
  'WARNING: cqlsh was built against 5.0.0, but this server is 5.0.9.  All features may not work!\n';

/** A result of SELECT JSON as cqlsh prints it: one heading, rows padded to the widest of their page of 100. */
export function jsonTable(rows: readonly unknown[]): string {
  const lines = rows.map((row) => shown(jsonText(row)));
  const pages: string[][] = [];
  for (let at = 0; at < lines.length; at += 100) pages.push(lines.slice(at, at + 100));
  const widthOf = (page: readonly string[] = []) => Math.max('[json]'.length, ...page.map(displayWidth));
  const body = pages.flatMap((page) => {
    const width = widthOf(page);
    return page.map((line) => ` ${' '.repeat(width - displayWidth(line))}${line}\n`);
  });
  const heading = `\n [json]\n${'-'.repeat(widthOf(pages[0]) + 2)}\n`;
  return `${heading}${body.length > 0 ? body.join('') : '\n'}\n(${rows.length} rows)\n`;
}

/** As Cassandra writes JSON: a blank behind each colon and comma. */
export function jsonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([name, member]) => `${JSON.stringify(name)}: ${jsonText(member)}`,
    );
    return `{${members.join(', ')}}`;
  }
  return JSON.stringify(value ?? null);
}

/** cqlsh doubles each backslash and shows control characters as Python does. */
function shown(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll(/[\x7f-\xa0]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function displayWidth(text: string): number {
  return [...text].length;
}

/** What cqlsh says of a statement that failed; it goes on with the next one and ends with 2. */
export function refusalText(line: number, message: string): string {
  return `<stdin>:${line}:InvalidRequest: Error from server: code=2200 [Invalid query] message="${message}"\n`;
}

/** What it says of a statement of nothing. */
export const emptyStatementText =
  "<stdin>:1:SyntaxException: line 1:0 no viable alternative at input ';' ([;])\n";
