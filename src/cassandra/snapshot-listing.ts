import { CainError } from '../errors.ts';
import type { CassandraPod } from '../kubernetes/pods.ts';
import type { SnapshotFile } from '../store/inventory.ts';
import { packedFunction, unpackedSection } from './packed-section.ts';
import type { PodTools } from './pod-tools.ts';
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
 *
 * Of each data directory: `B` and its name; `D` and the table's directory, with `L` where that is not empty; `F` for each file;
 * `G`, then the texts as `<number of the line>:<line>` in the order of the files, `H`. Programs are started for many files
 * at once: once for each of 10,000 tables takes a minute of processor time, and a name before each line of a
 * schema.cql more bytes than all else.
 */
const listingBody = `
name=$1
shift
LC_ALL=C
export LC_ALL
${packedFunction}
list() {
  count=0
  for directory; do
    [ -d "$directory" ] || continue
    cd "$directory" || return 71
    printf 'B\\t%s\\n' "$directory"
    set_of=0
    for snapshot in */*/snapshots/"$name"; do
      [ -d "$snapshot" ] || continue
      count=$((count + 1))
      table=\${snapshot%/snapshots/*}
      printf 'D\\t%s\\n' "$table"
      [ "$set_of" = 1 ] || for first in "$snapshot"/*; do [ -e "$first" ] && set_of=1; break; done
      for live in "$table"/*-Data.db; do [ -e "$live" ] && printf 'L\\n'; break; done
    done
    [ "$set_of" = 1 ] || continue
    printf '%s\\0' */*/snapshots/"$name"/* | xargs -0 stat --printf 'F\\t%F\\t%s\\t%i\\t%.9Y\\t%n\\n' -- || return 72
    printf 'G\\n'
    for text in '*-Digest.crc32' manifest.json schema.cql; do
      printf '%s\\0' */*/snapshots/"$name"/$text | xargs -0 grep -ahn '' -- 2>/dev/null
    done
    printf 'H\\n'
  done
  printf 'E\\t%s\\n' "$count"
}
packed listing list "$@" || exit
`;

export async function listSnapshot(
  tools: PodTools,
  pod: CassandraPod,
  { tag, dataDirectories }: { tag: string; dataDirectories: readonly string[] },
  signal: AbortSignal,
): Promise<SnapshotListing> {
  const args = [snapshotName(tag), ...dataDirectories];
  const sections = await tools.run(pod, { purpose: 'Listing the snapshot', body: listingBody, args, signal });
  return parseListing(await unpackedSection(sections, 'listing', pod), pod.name);
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

/** What is being read of a data directory. */
interface DirectoryDraft {
  readonly name: string;
  /** In the order of the listing, those that the texts are of. */
  readonly withTexts: Array<{ readonly draft: TableDraft; readonly file: SnapshotFile }>;
  /** Of each of these files its lines. */
  readonly texts: string[][];
}

/** Pure. Throws CAIN_OUTPUT_UNREADABLE unless the listing is whole, up to its last line. */
export function parseListing(text: string, podName: string): SnapshotListing {
  const drafts = new Map<string, TableDraft>();
  let directory: DirectoryDraft = { name: '', withTexts: [], texts: [] };
  let isText = false;
  let directories = 0;
  let endCount: number | undefined;
  let hasLiveData = false;
  for (const line of text.split('\n')) {
    if (isText) {
      isText = line !== 'H';
      if (isText) addTextLine(directory, line, podName);
      else takeTexts(directory, podName);
      continue;
    }
    const fields = line.split('\t');
    if (fields[0] === 'B') directory = { name: fields[1] ?? '', withTexts: [], texts: [] };
    else if (fields[0] === 'D') {
      directories++;
      addDraft(drafts, fields[1] ?? '', podName);
    } else if (fields[0] === 'F') addFile(drafts, directory, fields, podName);
    else if (line === 'G') isText = true;
    else if (line === 'L') hasLiveData = true;
    else if (fields[0] === 'E') endCount = Number(fields[1]);
    else if (line !== '') throw unreadable(podName, line);
  }
  if (endCount !== directories) throw unreadable(podName, 'its last line is missing');
  return { tables: [...drafts.values()].map((draft) => finishTable(draft, podName)), hasLiveData };
}

/** `<keyspace>/<table>-<32 hex digits>`; several data directories have the same ones. */
function addDraft(drafts: Map<string, TableDraft>, key: string, podName: string): void {
  const [, keyspace, table, tableId] = /^(\w+)\/(\w+)-([0-9a-f]{32})$/.exec(key) ?? [];
  // They become parts of keys.
  if (!keyspace || !table || !tableId) throw unreadable(podName, key);
  if (drafts.has(key)) return;
  drafts.set(key, {
    keyspace,
    table,
    tableId,
    files: [],
    digests: new Map(),
    manifests: new Map(),
    schemas: new Map(),
  });
}

function addFile(
  drafts: ReadonlyMap<string, TableDraft>,
  { name: dataDirectory, withTexts }: DirectoryDraft,
  fields: readonly string[],
  podName: string,
): void {
  const [, type = '', size = '', inode = '', mtime = '', path = ''] = fields;
  if (!type.startsWith('regular')) return;
  const [, key = '', file = ''] = /^([^/]+\/[^/]+)\/snapshots\/[^/]+\/(.+)$/s.exec(path) ?? [];
  const draft = drafts.get(key);
  if (
    !draft ||
    !/^\d+$/.test(size) ||
    !/^\d+$/.test(inode) ||
    !/^-?\d+\.\d{9}$/.test(mtime) ||
    !isFileName(file)
  ) {
    throw unreadable(podName, fields.join(' '));
  }
  const { keyspace, table, tableId } = draft;
  const found = { keyspace, table, tableId, dataDirectory, file, sizeBytes: Number(size), mtime, inode };
  draft.files.push(found);
  // An empty one has no line.
  if (textKindOf(file) >= 0 && found.sizeBytes > 0) withTexts.push({ draft, file: found });
}

/** In the order in which their texts come; -1 = none. */
function textKindOf(file: string): number {
  if (file.endsWith('-Digest.crc32')) return 0;
  return file === 'manifest.json' ? 1 : file === 'schema.cql' ? 2 : -1;
}

function isFileName(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && !text.includes('/');
}

/** `number:line`, as grep prints it; each file begins with its first line. */
function addTextLine({ texts }: DirectoryDraft, line: string, podName: string): void {
  const colon = line.indexOf(':');
  const number = line.slice(0, colon);
  if (number === '1') texts.push([]);
  const lines = texts.at(-1);
  if (!lines || number !== String(lines.length + 1)) throw unreadable(podName, line);
  lines.push(line.slice(colon + 1));
}

/** Gives each file its text. One that could not be read has none, and nobody knows which that is. */
function takeTexts({ name: directory, withTexts, texts }: DirectoryDraft, podName: string): void {
  if (texts.length !== withTexts.length) {
    throw unreadable(
      podName,
      `${texts.length} of ${withTexts.length} digests, manifests and schemas in ${directory} could be read`,
    );
  }
  const inOrder = withTexts.toSorted((a, b) => textKindOf(a.file.file) - textKindOf(b.file.file));
  for (const [index, { draft, file }] of inOrder.entries()) {
    const lines = texts[index] ?? [];
    const text = lines.map((line) => `${line}\n`).join('');
    if (file.file === 'manifest.json') draft.manifests.set(directory, text);
    else if (file.file === 'schema.cql') draft.schemas.set(directory, text);
    else if (/^\d+$/.test(text.trim())) draft.digests.set(file.file, Number(text.trim()));
  }
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
