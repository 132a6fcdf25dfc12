import type { SignedRequest, StoredObject } from '../../src/store/store.ts';

/** What a signed request may do, once it comes in. */
export type Accept =
  | {
      readonly method: 'PUT';
      readonly sizeBytes: number;
      readonly crc32: number;
      readonly ifNoneMatch?: '*';
      /** Throws what the store says against it. */
      readonly take: (bytes: Buffer) => StoredObject;
    }
  | { readonly method: 'GET'; readonly give: () => Buffer };

export interface Signing {
  sign(accept: Accept): SignedRequest;
}
