import { formatError } from '../record.ts';

const newline = 0x0a;

/** The lines of a UTF-8 text, each of which ends with a newline; CAIN_FORMAT where the last one does not: the text was cut. */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  where: string,
  longestBytes: number,
): AsyncGenerator<string> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const rest = chunk.subarray(start, end);
      yield (begun.length === 0 ? rest : Buffer.concat([...begun, rest])).toString('utf8');
      begun = [];
      begunBytes = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    begun.push(chunk.subarray(start));
    begunBytes += chunk.length - start;
    if (begunBytes > longestBytes)
      throw formatError(where, `it has a line of more than ${longestBytes} bytes`);
  }
  if (begunBytes > 0) throw formatError(where, 'its last line was cut');
}
