import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import type { SnapshotFile } from '../store/inventory.ts';
import { type PodTools, sectionOf } from './pod-tools.ts';
import { snapshotName } from './snapshot.ts';

/** The snapshot of one table on one node, merged over its data directories. */
export interface TableSnapshot {
  readonly keyspace: string;
  readonly table: string;
  readonly tableId: string;
  /** Every component, and the snapshot's own manifest.json and schema.cql. */
  readonly files: readonly SnapshotFile[];
  /** What the snapshot's manifest.json names, without legacy indexes. Absent where it has none. */
  readonly manifestFiles?: readonly string[];
  /** Text of the snapshot's schema.cql: ids, dropped columns, indexes. */
  readonly schemaText?: string;
}

export interface SnapshotListing {
  readonly tables: readonly TableSnapshot[];
  /** Whether any table's live directory holds SSTables: then an empty snapshot is a lie. */
  readonly hasLiveData: boolean;
}

/**
 * One exec call lists a whole snapshot: size, inode and mtime of each file, the digests, and the snapshots' own
 * manifest.json and schema.cql. The directory is the list, never TOC.txt: adding an SAI index leaves that as it was.
 * Sub-directories (legacy indexes, hidden) are left out: import rebuilds them. A command line holds some 70,000 such
 * names; the shell's own printf holds any number.
 */
const listingBody = `
name=$1
shift
LC_ALL=C
export LC_ALL
section listing
count=0
for directory; do
  for snapshot in "$directory"/*/*/snapshots/"$name"; do
    [ -d "$snapshot" ] || continue
    cd "$snapshot" || exit 71
    count=$((count + 1))
    printf 'D\\t%s\\t%s\\n' "$directory" "$snapshot"
    set_of=0
    for first in *; do [ -e "$first" ] && set_of=1; break; done
    if [ "$set_of" = 1 ]; then
      printf '%s\\0' * | xargs -0 stat --printf 'F\\t%F\\t%s\\t%i\\t%.9Y\\t%n\\n' -- || exit 72
      printf 'G\\n'
      printf '%s\\0' *-Digest.crc32 manifest.json schema.cql | xargs -0 grep -aH '' -- 2>/dev/null
      printf '\\nH\\n'
    fi
    for live in ../../*-Data.db; do [ -e "$live" ] && printf 'L\\n'; break; done
  done
done
printf 'E\\t%s\\n' "$count"
`;

export async function listSnapshot(
  tools: PodTools,
  pod: CassandraPod,
  { tag, dataDirectories }: { tag: string; dataDirectories: readonly string[] },
  signal: AbortSignal,
): Promise<SnapshotListing> {
  const args = [snapshotName(tag), ...dataDirectories];
  const sections = await tools.run(pod, { purpose: 'Listing the snapshot', body: listingBody, args, signal });
  return parseListing(sectionOf(sections, 'listing'), pod.name);
}

interface TableDraft {
  readonly keyspace: string;
  readonly table: string;
  readonly tableId: string;
  readonly files: SnapshotFile[];
  readonly digests: Map<string, number>;
  /** By data directory. */
  readonly manifests: Map<string, string>;
  readonly schemas: Map<string, string>;
}

/** Pure. Throws CAIN_OUTPUT_UNREADABLE unless the listing is whole, up to its last line. */
export function parseListing(text: string, podName: string): SnapshotListing {
  const drafts = new Map<string, TableDraft>();
  let draft: TableDraft | undefined;
  let directory = '';
  let isText = false;
  let directories = 0;
  let endCount: number | undefined;
  let hasLiveData = false;
  for (const line of text.split('\n')) {
    if (isText) {
      if (line === 'H') isText = false;
      else if (line !== '' && draft) addTextLine(draft, directory, line);
      continue;
    }
    const fields = line.split('\t');
    if (fields[0] === 'D') {
      directories++;
      directory = fields[1] ?? '';
      draft = draftOf(drafts, fields[2] ?? '', directory, podName);
    } else if (fields[0] === 'F' && draft) addFile(draft, directory, fields, podName);
    else if (line === 'G') isText = true;
    else if (line === 'L') hasLiveData = true;
    else if (fields[0] === 'E') endCount = Number(fields[1]);
    else if (line !== '') throw unreadable(podName, line);
  }
  if (endCount !== directories) throw unreadable(podName, 'its last line is missing');
  return { tables: [...drafts.values()].map((draft) => finishTable(draft, podName)), hasLiveData };
}

/** `<data directory>/<keyspace>/<table>-<32 hex digits>/snapshots/<name>`. */
function draftOf(
  drafts: Map<string, TableDraft>,
  snapshotPath: string,
  directory: string,
  podName: string,
): TableDraft {
  const [keyspace = '', tableDirectory = ''] = snapshotPath.slice(directory.length + 1).split('/');
  const match = /^(\w+)-([0-9a-f]{32})$/.exec(tableDirectory);
  // They become parts of keys.
  if (!/^\w+$/.test(keyspace) || !match?.[1] || !match[2]) throw unreadable(podName, snapshotPath);
  const key = `${keyspace}/${tableDirectory}`;
  const known = drafts.get(key);
  if (known) return known;
  const draft: TableDraft = {
    keyspace,
    table: match[1],
    tableId: match[2],
    files: [],
    digests: new Map(),
    manifests: new Map(),
    schemas: new Map(),
  };
  drafts.set(key, draft);
  return draft;
}

function addFile(draft: TableDraft, dataDirectory: string, fields: readonly string[], podName: string): void {
  const [, type = '', size = '', inode = '', mtime = '', file = ''] = fields;
  if (!type.startsWith('regular')) return;
  if (!/^\d+$/.test(size) || !/^\d+$/.test(inode) || !/^-?\d+\.\d{9}$/.test(mtime) || !isFileName(file)) {
    throw unreadable(podName, fields.join(' '));
  }
  const { keyspace, table, tableId } = draft;
  draft.files.push({ keyspace, table, tableId, dataDirectory, file, sizeBytes: Number(size), mtime, inode });
}

function isFileName(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && !text.includes('/');
}

/** `file:line`, as grep prints it. */
function addTextLine(draft: TableDraft, directory: string, line: string): void {
  const colon = line.indexOf(':');
  const file = line.slice(0, colon);
  const content = line.slice(colon + 1);
  if (file === 'manifest.json') addLine(draft.manifests, directory, content);
  else if (file === 'schema.cql') addLine(draft.schemas, directory, content);
  else if (/^\d+$/.test(content.trim())) draft.digests.set(file, Number(content.trim()));
}

function addLine(texts: Map<string, string>, directory: string, line: string): void {
  texts.set(directory, `${texts.get(directory) ?? ''}${line}\n`);
}

function finishTable(draft: TableDraft, podName: string): TableSnapshot {
  const { keyspace, table, tableId, digests, manifests, schemas } = draft;
  const files = draft.files.map((file): SnapshotFile => {
    const digest = file.file.endsWith('-Data.db')
      ? digests.get(file.file.replace(/Data\.db$/, 'Digest.crc32'))
      : undefined;
    return digest === undefined ? file : { ...file, digest };
  });
  const [schemaText] = schemas.values();
  return {
    keyspace,
    table,
    tableId,
    files,
    ...(manifests.size > 0
      ? { manifestFiles: [...manifests.values()].flatMap((text) => manifestFiles(text, podName)) }
      : {}),
    ...(schemaText === undefined ? {} : { schemaText }),
  };
}

function manifestFiles(text: string, podName: string): readonly string[] {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    throw unreadable(podName, `manifest.json ${text}`);
  }
  const files =
    typeof manifest === 'object' && manifest !== null && 'files' in manifest ? manifest.files : undefined;
  if (!Array.isArray(files) || !files.every((file) => typeof file === 'string')) {
    throw unreadable(podName, `manifest.json ${text}`);
  }
  // A name with "/" lies in a legacy index's directory.
  return files.filter((file) => !file.includes('/'));
}

function unreadable(podName: string, what: string): CainError {
  return new CainError(
    'CAIN_OUTPUT_UNREADABLE',
    `The listing of the snapshot in pod ${podName} can't be read: ${what.slice(0, 200)}`,
    {
      retryable: true,
    },
  );
}
