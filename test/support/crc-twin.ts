import { crc32 } from 'node:zlib';

/**
 * Other bytes of the same size and CRC-32: the first byte is changed, and the last four make up for it. CRC is linear,
 * so which of their 32 bits to set is a system of equations, solved by elimination.
 */
export function crcTwin(bytes: Buffer): Buffer {
  const twin = Buffer.from(bytes);
  twin[0] = (twin[0] ?? 0) ^ 1;
  const head = crc32(twin.subarray(0, -4));
  const base = crc32(Buffer.alloc(4), head);
  const rows: Array<{ value: number; bits: number }> = [];
  for (let bit = 0; bit < 32; bit++) {
    const bits = (1 << bit) >>> 0;
    rows.push(reduced({ value: (crc32(patchOf(bits), head) ^ base) >>> 0, bits }, rows));
    rows.sort((a, b) => b.value - a.value);
  }
  const { bits } = reduced({ value: (crc32(bytes) ^ base) >>> 0, bits: 0 }, rows);
  patchOf(bits).copy(twin, twin.length - 4);
  return twin;
}

function reduced(
  row: { value: number; bits: number },
  rows: ReadonlyArray<{ value: number; bits: number }>,
): { value: number; bits: number } {
  let { value, bits } = row;
  for (const known of rows) {
    if ((value ^ known.value) >>> 0 >= value) continue;
    value = (value ^ known.value) >>> 0;
    bits = (bits ^ known.bits) >>> 0;
  }
  return { value, bits };
}

function patchOf(bits: number): Buffer {
  const patch = Buffer.alloc(4);
  patch.writeUInt32LE(bits);
  return patch;
}
