export type SstableFormat = 'big' | 'bti';

/** A file of an SSTable, from its name. */
export interface SstableComponent {
  /** What all files of one SSTable begin with: `nb-1-big`. */
  readonly sstable: string;
  /** Of the format, two letters: nb (4.0), oa (5.0 big), da (5.0 bti). */
  readonly version: string;
  /** A number that comes back after a truncate, or 28 characters of a time UUID. */
  readonly id: string;
  readonly format: SstableFormat;
  /** `Data.db`, `SI_<index>.db` of SASI, `SAI+aa+<index>+TermsData.db` of SAI. */
  readonly component: string;
}

/** From Cassandra's Descriptor, UUIDBasedSSTableId and Component; temporary files end otherwise. */
const fileName =
  /^(?<sstable>(?<version>[a-z]{2})-(?<id>\d+|[0-9a-z]{4}_[0-9a-z]{4}_[0-9a-z]{18})-(?<format>big|bti))-(?<component>SI_[^/]+\.db|[A-Z][\w+]*\.(?:db|txt|crc32))$/;

/** undefined = no component: manifest.json, schema.cql, a directory, a temporary file, a transaction log. */
export function parseComponent(file: string): SstableComponent | undefined {
  const parts = fileName.exec(file)?.groups;
  if (!parts?.sstable || !parts.version || !parts.id || !parts.component) return undefined;
  const { sstable, version, id, component } = parts;
  return { sstable, version, id, format: parts.format === 'bti' ? 'bti' : 'big', component };
}

/** Whether this is the file that holds the rows, and that a digest is kept of. */
export function isData(file: string): boolean {
  return parseComponent(file)?.component === 'Data.db';
}

/** The name of the file that holds the CRC-32 of this Data.db, in decimal. */
export function digestFileOf(dataFile: string): string {
  return dataFile.replace(/Data\.db$/, 'Digest.crc32');
}

/** An SSTable that is not whole, and what it lacks: `Data.db`, or `CompressionInfo.db or CRC.db`. */
export interface IncompleteSstable {
  readonly sstable: string;
  readonly missing: readonly string[];
}

/**
 * Without any of these an SSTable can't be imported (measured with 5.0 and 4.1), but for CRC.db, which every
 * uncompressed one has and import does without. Filter.db is not written where bloom_filter_fp_chance is 1,
 * Summary.db, TOC.txt and Digest.crc32 are made anew or done without.
 */
const needed: Readonly<Record<SstableFormat, readonly string[]>> = {
  big: ['Data.db', 'Index.db', 'Statistics.db'],
  bti: ['Data.db', 'Partitions.db', 'Rows.db', 'Statistics.db'],
};

/** Every SSTable among these files that lacks a needed component, by name; [] = all are whole. */
export function checkComponents(files: Iterable<string>): readonly IncompleteSstable[] {
  const sstables = new Map<string, { readonly format: SstableFormat; readonly components: Set<string> }>();
  for (const file of files) {
    const parsed = parseComponent(file);
    if (!parsed) continue;
    const known = sstables.get(parsed.sstable);
    if (known) known.components.add(parsed.component);
    else sstables.set(parsed.sstable, { format: parsed.format, components: new Set([parsed.component]) });
  }
  return [...sstables]
    .map(([sstable, { format, components }]) => ({ sstable, missing: missingOf(format, components) }))
    .filter(({ missing }) => missing.length > 0);
}

function missingOf(format: SstableFormat, components: ReadonlySet<string>): readonly string[] {
  const missing = needed[format].filter((component) => !components.has(component));
  const hasChunks = components.has('CompressionInfo.db') || components.has('CRC.db');
  return hasChunks ? missing : [...missing, 'CompressionInfo.db or CRC.db'];
}
