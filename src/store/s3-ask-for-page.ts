import { buffer } from 'node:stream/consumers';
import { ListObjectsV2Command, type ListObjectsV2CommandInput, type S3Client } from '@aws-sdk/client-s3';
import { requestCount } from './s3-client.ts';
import { type ListingPage, readListingPage } from './s3-listing-page.ts';
import type { SendOptions } from './s3-send-bytes.ts';

type Stack = ListObjectsV2Command['middlewareStack'];
type Middleware = Parameters<Stack['addRelativeTo']>[0];
type Answer = Awaited<ReturnType<S3Client['config']['requestHandler']['handle']>>['response'];

/** What the SDK reads where the page is read already. */
const emptyPage = Buffer.from('<ListBucketResult></ListBucketResult>');

/** A page of a listing, which the SDK asks for. It reads it where `readListingPage` can't. */
export async function askForPage(
  client: S3Client,
  input: ListObjectsV2CommandInput,
  options: SendOptions,
): Promise<ListingPage> {
  const command = new ListObjectsV2Command(input);
  let page: ListingPage | undefined;
  const read = (next: (args: unknown) => Promise<{ response: Answer }>) => async (args: unknown) => {
    page = undefined;
    const result = await next(args);
    if (result.response.statusCode !== 200) return result;
    const body = await buffer(result.response.body);
    page = readListingPage(body.toString());
    result.response.body = page ? emptyPage : body;
    return result;
  };
  (command.middlewareStack as Stack).addRelativeTo(read as unknown as Middleware, {
    relation: 'before',
    toMiddleware: requestCount,
    name: 'cainListingPage',
  });
  const answer = await client.send(command, options);
  return page ?? answer;
}
