/** One step in a process of its own, so that its memory is its own: bundled by bench/scale.ts and told by StepInput what to do. */
import { keepHeapSmall } from '../../src/small-heap.ts';
import { planAndCommit } from './plan-and-commit.ts';
import { seed, seedList } from './seed.ts';
import { openStore, type StepInput } from './step-input.ts';

// As main.ts does.
keepHeapSmall();
const input = JSON.parse(process.argv[2] ?? '{}') as StepInput;
const store = openStore(input);
if (input.step === 'seed') await seed(store, input.cluster);
else if (input.step === 'seed-list') await seedList(store, input.cluster, input.backups ?? 0);
else await planAndCommit(store, input.cluster);
store.close();
