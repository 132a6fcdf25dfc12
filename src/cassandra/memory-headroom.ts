import { CainError } from '../errors.ts';

/**
 * Prints the memory limit of the container and what of its memory can't be reclaimed: cgroup v2 first, then v1, whose
 * totals include its children. Prints nothing where the container can't see its own cgroup.
 */
export const memoryBody = `
for cgroup_limit in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
  [ -r "$cgroup_limit" ] || continue
  sed 's/^/limit /' "$cgroup_limit"
  grep -E '^(anon|total_rss|shmem|total_shmem) ' "\${cgroup_limit%/*}/memory.stat"
  break
done
`;

/**
 * Bytes that processes in the container may still take before the kernel kills one of them; undefined = no limit, or
 * none to be seen. Page cache does not count: the kernel drops it first.
 */
export function parseMemoryHeadroom(text: string): number | undefined {
  const values = new Map<string, string>();
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const [, name, value] = /^([a-z_]+) (\d+|max)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new CainError(
        'CAIN_OUTPUT_UNREADABLE',
        `The container's memory is told in an unknown form: ${line}`,
      );
    }
    values.set(name, value);
  }
  const limit = Number(values.get('limit') ?? Number.NaN);
  const used = numberOf(values.get('total_rss') ?? values.get('anon'));
  // v1 without a limit gives a number of 2^63 less a page, v2 the word "max".
  if (!Number.isSafeInteger(limit) || used === undefined) return undefined;
  return Math.max(0, limit - used - (numberOf(values.get('total_shmem') ?? values.get('shmem')) ?? 0));
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
