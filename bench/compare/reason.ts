const tellingLine = /error|exception|caused by|can't|cannot|fail/i;
const stackLine = /^\s*(at |File "|\.\.\.|Traceback)/;
const mostLines = 3;
const longestLine = 300;

/** Pure: of a failed program's output the lines that say why, without stacks; the last ones where none does. */
export function reasonIn(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !stackLine.test(line));
  const telling = [...new Set(lines.filter((line) => tellingLine.test(line)))];
  // Of a chain of causes the last one is the cause.
  const causes = telling.filter((line) => line.startsWith('Caused by'));
  const chosen = [...telling.slice(0, mostLines - 1), ...causes.slice(-1)];
  const words = chosen.length > 0 ? chosen : lines.slice(-mostLines);
  return [...new Set(words)].map((line) => line.trim().slice(0, longestLine)).join('; ');
}
