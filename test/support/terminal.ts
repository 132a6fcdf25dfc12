/** A terminal that knows what Cain writes to one: text, newlines, "up n lines" and "erase to the end". */
export function createTerminal(columns = 80) {
  let screen: string[] = [''];
  let row = 0;

  function put(text: string): void {
    const lines = text.split('\n');
    for (const [index, line] of lines.entries()) {
      if (index > 0) row++;
      screen[row] = (screen[row] ?? '') + line;
    }
  }

  function control(parameter: number, command: string): void {
    if (command === 'A') row = Math.max(0, row - parameter);
    if (command === 'J') screen = [...screen.slice(0, row), ''];
  }

  return {
    columns,
    /** What can be seen, colours left out. */
    lines: () => screen.slice(0, -1),
    write(text: string): void {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of terminals
      for (const [, parameter, command, plain] of text.matchAll(/\u001b\[(\d*)([AJm])|([^\u001b]+)/g)) {
        if (plain !== undefined) put(plain);
        else control(Number(parameter ?? 0), command ?? '');
      }
    },
  };
}
