export interface BoundedText {
  add(chunk: Uint8Array): void;
  text(): string;
}

/** Keeps the first and the last half of at most `limitBytes` bytes, and says what it left out between. */
export function boundedText(limitBytes: number): BoundedText {
  const half = Math.ceil(limitBytes / 2);
  const head: Buffer[] = [];
  let headBytes = 0;
  let tail: Buffer[] = [];
  let tailBytes = 0;
  let droppedBytes = 0;

  function add(chunk: Uint8Array): void {
    const forHead = Math.min(chunk.length, half - headBytes);
    if (forHead > 0) {
      head.push(Buffer.from(chunk.subarray(0, forHead)));
      headBytes += forHead;
    }
    if (forHead === chunk.length) return;
    tail.push(Buffer.from(chunk.subarray(forHead)));
    tailBytes += chunk.length - forHead;
    if (tailBytes > 2 * half) trimTail();
  }

  function trimTail(): void {
    const joined = Buffer.concat(tail);
    droppedBytes += joined.length - half;
    tail = [joined.subarray(joined.length - half)];
    tailBytes = half;
  }

  return {
    add,
    text() {
      if (tailBytes > half) trimTail();
      const gap = droppedBytes > 0 ? [Buffer.from(`\n… ${droppedBytes} bytes left out …\n`)] : [];
      return Buffer.concat([...head, ...gap, ...tail]).toString('utf8');
    },
  };
}
