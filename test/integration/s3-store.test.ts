import type { Store } from '../../src/store/store.ts';
import { startTestS3 } from '../support/test-s3.ts';
import { describeStore } from '../unit/store/store-conformance.ts';

describeStore('The S3 store on versitygw', async () => {
  const s3 = await startTestS3();
  const store: Store = s3.openStore({ prefix: 'backups of/all+clusters/' });
  return {
    store,
    async close() {
      store.close();
      await s3.stop();
    },
  };
});
