import type { CainError } from '../../errors.ts';
import { formatError } from '../../record.ts';
import type { InventoryLine } from '../../store/inventory.ts';
import type { ExpectedObject } from './check-object.ts';
import { addDamaged, addUnclear } from './findings.ts';
import { recordFault } from './read-fault.ts';
import { type NodeInventory, readInventory } from './read-inventory.ts';
import type { VerifyRun } from './verify-run.ts';

export interface ExpectedObjects {
  /** By key, each once. */
  readonly expected: ReadonlyMap<string, ExpectedObject>;
  /** The inventories that name them. */
  readonly proven: readonly NodeInventory[];
}

/**
 * All objects that these inventories of one node name. An inventory that does not read as it must is damage itself, and
 * nothing that it says counts: one wrong digit would make good objects, and the good inventories that name them, look damaged.
 */
export async function expectedObjects(
  run: VerifyRun,
  inventories: readonly NodeInventory[],
): Promise<ExpectedObjects> {
  const expected = new Map<string, ExpectedObject>();
  const proven: NodeInventory[] = [];
  for (const inventory of inventories) {
    if (await isProven(run, inventory, expected)) proven.push(inventory);
  }
  return { expected, proven };
}

async function isProven(
  run: VerifyRun,
  inventory: NodeInventory,
  expected: Map<string, ExpectedObject>,
): Promise<boolean> {
  const { findings } = run;
  const { tag, node } = inventory;
  const { key } = node.inventory;
  try {
    const fault = await recordFault(run, () => merge(run, inventory, expected));
    if (!fault) {
      findings.wholeAgain.add(key);
      return true;
    }
    addDamaged(findings, { ...fault, key, tags: [tag], tables: [], pod: node.pod });
  } catch (error) {
    run.signal.throwIfAborted();
    addUnclear(findings, key, error);
  }
  findings.halfRead.add(tag);
  return false;
}

/**
 * Only the end of an inventory proves its lines, so where it fails those that it has added go again. A Map keeps their
 * order, so that this takes no memory; a first read for the proof alone would take twice the requests where nothing is wrong.
 */
async function merge(
  run: VerifyRun,
  inventory: NodeInventory,
  expected: Map<string, ExpectedObject>,
): Promise<void> {
  const { key } = inventory.node.inventory;
  const provenBefore = expected.size;
  let contradiction: CainError | undefined;
  try {
    await readInventory(run, inventory, (line) => {
      contradiction ??= expect(expected, line, key);
    });
    // Not before: one that is damaged contradicts nobody.
    if (contradiction) throw contradiction;
  } catch (error) {
    dropAfter(expected, provenBefore);
    throw error;
  }
}

/** Objects are never overwritten, so two backups can't differ about one. */
function expect(
  expected: Map<string, ExpectedObject>,
  { object, sizeBytes, crc32 }: InventoryLine,
  where: string,
): CainError | undefined {
  const known = expected.get(object.key);
  if (!known) expected.set(object.key, { ...object, sizeBytes, crc32 });
  else if (known.sizeBytes !== sizeBytes || known.crc32 !== crc32) {
    return formatError(where, `it contradicts another inventory about ${object.key}`);
  }
  return undefined;
}

function dropAfter(expected: Map<string, ExpectedObject>, kept: number): void {
  let place = 0;
  for (const key of expected.keys()) if (place++ >= kept) expected.delete(key);
}
