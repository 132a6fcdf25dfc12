import { formatError } from '../../record.ts';
import type { InventoryLine } from '../../store/inventory.ts';
import type { ExpectedObject } from './check-object.ts';
import { addDamaged, addUnclear } from './findings.ts';
import { recordFault } from './read-fault.ts';
import { type NodeInventory, readInventory } from './read-inventory.ts';
import type { VerifyRun } from './verify-run.ts';

/**
 * All objects that these inventories of one node name, each once, by key. An inventory that does not read as it must
 * is damage itself; what it names up to there is looked at all the same.
 */
export async function expectedObjects(
  run: VerifyRun,
  inventories: readonly NodeInventory[],
): Promise<ReadonlyMap<string, ExpectedObject>> {
  const expected = new Map<string, ExpectedObject>();
  for (const inventory of inventories) await readOne(run, inventory, expected);
  return expected;
}

async function readOne(
  run: VerifyRun,
  inventory: NodeInventory,
  expected: Map<string, ExpectedObject>,
): Promise<void> {
  const { findings } = run;
  const { tag, node } = inventory;
  const { key } = node.inventory;
  try {
    const fault = await recordFault(run, () =>
      readInventory(run, inventory, (line) => expect(expected, line, key)),
    );
    if (!fault) {
      findings.wholeAgain.add(key);
      return;
    }
    findings.halfRead.add(tag);
    addDamaged(findings, { ...fault, key, tags: [tag], tables: [], pod: node.pod });
  } catch (error) {
    run.signal.throwIfAborted();
    findings.halfRead.add(tag);
    addUnclear(findings, key, error);
  }
}

/** Objects are never overwritten, so two backups can't differ about one. */
function expect(
  expected: Map<string, ExpectedObject>,
  { object, sizeBytes, crc32 }: InventoryLine,
  where: string,
): void {
  const known = expected.get(object.key);
  if (!known) {
    expected.set(object.key, { ...object, sizeBytes, crc32 });
  } else if (known.sizeBytes !== sizeBytes || known.crc32 !== crc32) {
    throw formatError(where, `it contradicts another inventory about ${object.key}`);
  }
}
