import { forEachLimited } from '../../concurrency.ts';
import { readJsonLines } from '../../store/json-lines.ts';
import { schemaTextKey } from '../../store/layout.ts';
import type { Manifest, RecordReference } from '../../store/manifest.ts';
import { readObject } from '../../store/read-object.ts';
import { parseSchemaRecord } from '../../store/schema-records.ts';
import { parseTopology } from '../../store/topology-record.ts';
import { addDamaged, addUnclear } from './findings.ts';
import { recordFault } from './read-fault.ts';
import { requestsAtOnce, type VerifyRun } from './verify-run.ts';

/** Reads the small records of each backup whole: ring, schema, roles. */
export async function checkRecords(run: VerifyRun, backups: readonly Manifest[]): Promise<void> {
  const checks = backups.flatMap((manifest) => recordsOf(run, manifest));
  await forEachLimited(checks, requestsAtOnce, async ({ tag, key, check }) => {
    try {
      const fault = await recordFault(run, check);
      if (fault) addDamaged(run.findings, { ...fault, key, tags: [tag], tables: [] });
      else run.findings.wholeAgain.add(key);
    } catch (error) {
      run.signal.throwIfAborted();
      run.findings.halfRead.add(tag);
      addUnclear(run.findings, key, error);
    }
  });
}

interface RecordCheck {
  readonly tag: string;
  readonly key: string;
  check(): Promise<void>;
}

function recordsOf({ store, signal }: VerifyRun, manifest: Manifest): readonly RecordCheck[] {
  const { tag, topology, schema, roles } = manifest;
  async function readLines({ key, sha256 }: RecordReference, take: (value: unknown) => void): Promise<void> {
    for await (const value of readJsonLines(store, key, { sha256, signal })) take(value);
  }
  return [
    {
      tag,
      key: topology.key,
      async check() {
        parseTopology(await readObject(store, topology.key, signal, topology.sha256), topology.key);
      },
    },
    {
      tag,
      key: schema.key,
      check: () => readLines(schema, (value) => parseSchemaRecord(value, schema.key)),
    },
    ...(roles ? [{ tag, key: roles.key, check: () => readLines(roles, () => {}) }] : []),
  ];
}

/** Schema texts that are gone. Only the original Cain restores by them, and the next backup puts them back. */
export async function missingSchemaTexts(
  { store, signal }: VerifyRun,
  backups: readonly Manifest[],
): Promise<readonly string[]> {
  const keys = new Set(
    backups.flatMap(({ keyspaces }) => keyspaces.map(({ name, sum }) => schemaTextKey(name, sum))),
  );
  const missing: string[] = [];
  await forEachLimited([...keys], requestsAtOnce, async (key) => {
    if (!(await store.head(key, { signal }))) missing.push(key);
  });
  return missing.toSorted();
}
