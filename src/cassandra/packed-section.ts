import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { CainError } from '../errors.ts';
import { longestStdoutBytes } from '../kubernetes/exec-session.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import { type Sections, sectionOf } from './pod-tools.ts';

const unzip = promisify(gunzip);

/**
 * `packed NAME FUNCTION ARGUMENTS…` prints what FUNCTION prints as one section, by gzip and in base64 where the container has
 * both: names of files shrink to a sixth of what the API server would carry. Gives the status that FUNCTION returns (it must
 * not exit), or that of a packer that fails.
 */
export const packedFunction = `
packed() {
  packed_name=$1
  shift
  if ! command -v gzip >/dev/null 2>&1 || ! command -v base64 >/dev/null 2>&1; then
    section "$packed_name"
    "$@"
    return
  fi
  section "$packed_name.gz"
  exec 4>&1
  # A pipe keeps the last status alone: each comes by a descriptor of its own.
  packed_statuses=$( { { "$@" 3>&-; echo "$?" >&3; } | { gzip -1 3>&-; echo "$?" >&3; } | { base64 3>&- >&4; echo "$?" >&3; }; } 3>&1 )
  exec 4>&-
  for packed_status in $packed_statuses; do [ "$packed_status" = 0 ] || return "$packed_status"; done
}
`;

/** The text of a section that `packed` printed. Throws CAIN_OUTPUT_UNREADABLE where it does not unpack whole. */
export async function unpackedSection(sections: Sections, name: string, pod: CassandraPod): Promise<string> {
  const [packed] = sections.get(`${name}.gz`) ?? [];
  if (packed === undefined) return sectionOf(sections, name);
  try {
    const text = await unzip(Buffer.from(packed, 'base64'), { maxOutputLength: longestStdoutBytes });
    return text.toString('utf8');
  } catch (cause) {
    throw new CainError('CAIN_OUTPUT_UNREADABLE', `Section "${name}" of pod ${pod.name} does not unpack`, {
      cause,
      retryable: true,
    });
  }
}
