/** Column n: what bit n of a CRC-32 becomes. */
type Matrix = Uint32Array;

const polynomial = 0xedb88320;

/** The effect of one more zero bit. */
function oneZeroBit(): Matrix {
  const matrix = new Uint32Array(32);
  matrix[0] = polynomial;
  for (let bit = 1; bit < 32; bit++) matrix[bit] = 1 << (bit - 1);
  return matrix;
}

function times(matrix: Matrix, vector: number): number {
  let sum = 0;
  for (let bit = 0, rest = vector >>> 0; rest !== 0; bit++, rest >>>= 1) {
    if (rest & 1) sum ^= matrix[bit] ?? 0;
  }
  return sum >>> 0;
}

function squared(matrix: Matrix): Matrix {
  return matrix.map((column) => times(matrix, column));
}

/**
 * The CRC-32 of two pieces of which each one's is known: as zlib's crc32_combine does it, by appending the second
 * one's length of zeros to the first in powers of two. So nobody need read the whole in order.
 */
export function combineCrc32(first: number, second: number, secondBytes: number): number {
  // Of nothing, as at the beginning of a whole.
  if (first === 0) return second >>> 0;
  let crc = first >>> 0;
  // 8 zero bits are one byte.
  let matrix = squared(squared(squared(oneZeroBit())));
  for (let left = secondBytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) crc = times(matrix, crc);
    matrix = squared(matrix);
  }
  return (crc ^ second) >>> 0;
}
