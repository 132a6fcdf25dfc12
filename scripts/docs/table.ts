/** Text as Markdown shows it unchanged in a table; `code` and <br> are left alone. */
function cell(text: string): string {
  return text.replace(/`[^`]*`|<br>|[|<*\n]/g, (found) => escapes[found] ?? found.replaceAll('|', '\\|'));
}

const escapes: Readonly<Record<string, string>> = { '<': '&lt;', '*': '\\*', '\n': ' ' };

/** A Markdown table. */
export function markdownTable(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

export const generatedNote = '<!-- Made by `npm run docs` from the source; edit that. -->';
