import { forEachLimited } from '../../concurrency.ts';
import { CainError } from '../../errors.ts';
import type { InventoryLine } from '../../store/inventory.ts';
import { parseDataKey } from '../../store/layout.ts';
import { type ExpectedObject, lookUpObject, readFault, sizeFault } from './check-object.ts';
import { expectedObjects } from './expected-objects.ts';
import { addDamaged, addUnclear, type DamagedObject, type Fault } from './findings.ts';
import { listExpected } from './listed-objects.ts';
import { recordFault } from './read-fault.ts';
import { type NodeInventory, readInventory } from './read-inventory.ts';
import { isInSlice } from './slice.ts';
import { requestsAtOnce, type VerifyRun } from './verify-run.ts';

export interface NodeToVerify {
  readonly pod: string;
  /** Of the chosen backups. */
  readonly chosen: readonly NodeInventory[];
  /** Of all live backups: whom damage hurts. */
  readonly live: readonly NodeInventory[];
  /** Keys that earlier verifications found damaged: only their bytes can clear them. */
  readonly recorded: ReadonlySet<string>;
}

/**
 * One node's objects: all in the listing with their size and ETag, those in the slice one by one, and those about which
 * anything is odd by their bytes. Memory: one node's files, each once however many backups share it.
 */
export async function verifyNode(run: VerifyRun, node: NodeToVerify): Promise<void> {
  const { expected, proven } = await expectedObjects(run, node.chosen);
  const objects = [...expected.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const bytes = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  run.findings.tally.objects += objects.length;
  run.findings.tally.bytes += bytes;
  run.progress.addNode(node.pod, { files: objects.length, bytes });

  const faults = new Map<string, Fault>();
  const toRead = await lookAtAll(run, node, objects, faults);
  await readAll(run, node, toRead, faults);
  run.progress.finishNode(node.pod);
  if (faults.size > 0) await addHurt(run, { ...node, chosen: proven }, expected, faults);
}

/** Fills `faults`; resolves to what must be read. */
async function lookAtAll(
  run: VerifyRun,
  { pod, recorded }: NodeToVerify,
  objects: readonly ExpectedObject[],
  faults: Map<string, Fault>,
): Promise<readonly ExpectedObject[]> {
  const { findings, isFull, slice } = run;
  const listed = await listExpected(run, new Map(objects.map((object) => [object.key, object])));
  const toRead: ExpectedObject[] = [];
  await forEachLimited(objects, requestsAtOnce, async (object) => {
    const { key, sizeBytes } = object;
    const found = listed.get(key);
    const isChosen = isInSlice(key, slice);
    const isRecorded = recorded.has(key);
    if (isRecorded) findings.namedAgain.add(key);
    if (found && found.sizeBytes !== sizeBytes) {
      faults.set(key, sizeFault(object, found.sizeBytes));
    } else {
      // A listing may lag behind: only a look-up makes sure that something is missing.
      const isOdd = !found?.isSameEtag;
      const fate = isOdd || (isChosen && !isFull) ? await lookUp(run, object, faults) : 'right';
      const isWanted = fate === 'doubtful' || (fate !== 'gone' && (isRecorded || (isChosen && isFull)));
      if (isWanted && found?.isReadable !== false) {
        toRead.push(object);
        return;
      }
      if (isWanted) findings.tally.archived++;
      if (fate === 'doubtful') addUnclear(findings, key, archivedError(key));
    }
    run.progress.advance(pod, { files: 1, bytes: sizeBytes });
  });
  return toRead;
}

function archivedError(key: string): CainError {
  return new CainError(
    'CAIN_STORE',
    `Only its bytes could tell whether it is right, but they are archived: ${key}`,
    {
      hint: 'Copy it back into a class that can be read at once, then verify again.',
    },
  );
}

async function lookUp(
  run: VerifyRun,
  object: ExpectedObject,
  faults: Map<string, Fault>,
): Promise<'right' | 'doubtful' | 'gone'> {
  const { findings } = run;
  try {
    findings.tally.lookedUp++;
    const found = await lookUpObject(run, object);
    if (found.kind === 'fault') {
      faults.set(object.key, found.fault);
      return 'gone';
    }
    if (found.kind === 'same') findings.tally.withoutChecksum++;
    if (found.kind === 'right' && found.isRewritten) findings.tally.rewritten++;
    return found.kind === 'doubtful' ? 'doubtful' : 'right';
  } catch (error) {
    run.signal.throwIfAborted();
    addUnclear(findings, object.key, error);
    return 'gone';
  }
}

async function readAll(
  run: VerifyRun,
  { pod, recorded }: NodeToVerify,
  objects: readonly ExpectedObject[],
  faults: Map<string, Fault>,
): Promise<void> {
  const { findings, progress } = run;
  await forEachLimited(objects, run.parallel, async (object) => {
    let readBytes = 0;
    try {
      const fault = await readFault(run, object, (bytes) => {
        readBytes += bytes;
        findings.tally.readBytes += bytes;
        progress.advance(pod, { bytes });
      });
      if (fault) faults.set(object.key, fault);
      else if (recorded.has(object.key)) findings.wholeAgain.add(object.key);
    } catch (error) {
      run.signal.throwIfAborted();
      addUnclear(findings, object.key, error);
    }
    // Read twice, or not to its end.
    progress.retract(pod, { bytes: readBytes - object.sizeBytes });
    progress.advance(pod, { files: 1 });
  });
}

/** Reads the inventories once more, only now that there is damage: to remember for each object who shares it would take memory every time. */
async function addHurt(
  run: VerifyRun,
  { pod, chosen, live }: NodeToVerify,
  expected: ReadonlyMap<string, ExpectedObject>,
  faults: ReadonlyMap<string, Fault>,
): Promise<void> {
  const chosenTags = new Set(chosen.map(({ tag }) => tag));
  const tagsByKey = new Map<string, string[]>();
  const unreadTags: string[] = [];
  for (const inventory of live) {
    const { tag } = inventory;
    const named = new Set<string>();
    const isRead = await readAgain(run, inventory, chosenTags.has(tag), ({ object }) => {
      if (faults.has(object.key)) named.add(object.key);
    });
    if (!isRead && chosenTags.has(tag)) unreadTags.push(tag);
    for (const key of named) tagsByKey.set(key, [...(tagsByKey.get(key) ?? []), tag]);
  }
  for (const [key, fault] of faults) {
    const { versionId } = expected.get(key) ?? {};
    const damaged: DamagedObject = {
      ...fault,
      key,
      // Some proven inventory named it a moment ago: if none of those that could be read again, then one of the others.
      tags: tagsByKey.get(key) ?? unreadTags,
      tables: tableOf(key),
      pod,
      ...(versionId === undefined ? {} : { versionId }),
    };
    addDamaged(run.findings, damaged);
  }
}

/** False = it could not be read to its end, and is told of where nobody else tells. */
async function readAgain(
  run: VerifyRun,
  inventory: NodeInventory,
  isChosen: boolean,
  take: (line: InventoryLine) => void,
): Promise<boolean> {
  const { key } = inventory.node.inventory;
  try {
    return (await recordFault(run, () => readInventory(run, inventory, take))) === undefined;
  } catch (error) {
    run.signal.throwIfAborted();
    if (isChosen) addUnclear(run.findings, key, error);
    // Its own verification will tell.
    else run.log.warn('An inventory can not be read for those whom damage hurts', { key, error });
    return false;
  }
}

function tableOf(key: string): readonly string[] {
  const parts = parseDataKey(key);
  return parts ? [`${parts.keyspace}.${parts.table}`] : [];
}
