/**
 * Joins small chunks and copies all, so that no frame goes out for a header alone and the source may use its buffers
 * again as soon as it is asked for more.
 */
export async function* gatherChunks(
  source: AsyncIterable<Uint8Array>,
  pieceBytes: number,
): AsyncGenerator<Uint8Array> {
  let piece = Buffer.allocUnsafe(pieceBytes);
  let fill = 0;
  for await (const chunk of source) {
    for (let start = 0; start < chunk.length; ) {
      const taken = Math.min(chunk.length - start, pieceBytes - fill);
      piece.set(chunk.subarray(start, start + taken), fill);
      fill += taken;
      start += taken;
      if (fill < pieceBytes) continue;
      yield piece;
      piece = Buffer.allocUnsafe(pieceBytes);
      fill = 0;
    }
  }
  if (fill > 0) yield piece.subarray(0, fill);
}
