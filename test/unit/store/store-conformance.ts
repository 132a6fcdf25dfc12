import type { Store } from '../../../src/store/store.ts';
import { checkConditions } from './conformance/conditions.ts';
import { checkDeletion } from './conformance/deletion.ts';
import { checkListing } from './conformance/listing.ts';
import { checkObjects } from './conformance/objects.ts';
import { checkUploads } from './conformance/uploads.ts';

export interface OpenedStore {
  readonly store: Store;
  close(): Promise<void> | void;
}

/** What every Store promises, as a mocha suite. Each test works under a prefix of its own. */
export function describeStore(name: string, open: () => Promise<OpenedStore> | OpenedStore): void {
  describe(`${name}, as a Store`, () => {
    let opened: OpenedStore;
    let tests = 0;
    const freshStore = (): Store => opened.store.within(`test-${++tests}/`);

    before(async () => {
      opened = await open();
    });
    after(() => opened?.close());

    checkObjects(freshStore);
    checkConditions(freshStore);
    checkUploads(freshStore);
    checkListing(freshStore);
    checkDeletion(freshStore);
  });
}
