import { CainError } from '../errors.ts';

/** No line of the program is nearly as long; a longer one is not its. */
const longestLineBytes = 4 * 1024 * 1024;

/** Cuts what arrives into lines. */
export function createLineCutter(onLine: (line: string) => void, pod: string): (chunk: Uint8Array) => void {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]).toString();
      rest = [];
      restBytes = 0;
      start = end + 1;
      onLine(line);
    }
    if (start === chunk.length) return;
    rest.push(Buffer.from(chunk.subarray(start)));
    restBytes += chunk.length - start;
    if (restBytes > longestLineBytes) {
      throw new CainError('CAIN_OUTPUT_UNREADABLE', `Pod ${pod} sent a line without an end`);
    }
  };
}
