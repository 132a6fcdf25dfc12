import { constants, createDeflate } from 'node:zlib';

/**
 * One zlib stream over all lines, each flushed whole. URLs are much alike: of 10,000 small files the API server carries a
 * fifth so. The next line is taken when the one before is passed on, so that what gathers meanwhile shares it.
 */
export async function* deflateLines(lines: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const deflate = createDeflate({ level: 1, flush: constants.Z_SYNC_FLUSH });
  let wake = (): void => {};
  deflate.on('readable', () => wake());
  // The write that failed tells it.
  deflate.on('error', () => {});
  try {
    for await (const line of lines) {
      let isTaken = false;
      let failure: Error | null | undefined;
      deflate.write(line, (error) => {
        failure = error;
        isTaken = true;
        wake();
      });
      for (;;) {
        if (failure) throw failure;
        const chunk = deflate.read() as Buffer | null;
        if (chunk) yield chunk;
        else if (isTaken) break;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    }
  } finally {
    deflate.destroy();
  }
}
