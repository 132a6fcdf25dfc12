const isTerminal = process.stdout.isTTY === true;

function bold(text: string): string {
  return isTerminal ? `\x1b[1m${text}\x1b[0m` : text;
}

/** A new part of the story. */
export function chapter(title: string): void {
  console.log(`\n${bold(`== ${title}`)}`);
}

export function say(line: string): void {
  console.log(`   ${line}`);
}

/** Rows of a name and what there is to say of it. */
export function summary(rows: ReadonlyArray<readonly [name: string, text: string]>): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, text] of rows) say(`${bold(name.padEnd(width))}  ${text}`);
}
