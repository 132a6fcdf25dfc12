import { ListObjectsV2Command, type ListObjectsV2CommandInput, type S3Client } from '@aws-sdk/client-s3';
import { type ListingPage, readListingPage } from './s3-listing-page.ts';
import { addNextToSending } from './s3-next-to-sending.ts';
import type { SendOptions } from './s3-send-bytes.ts';

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
  addNextToSending(command, 'cainListingPage', async (send, args) => {
    const sent = await send(args);
    const { response } = sent;
    if (response.statusCode !== 200) return sent;
    const body = Buffer.concat(await response.body.toArray());
    page = readListingPage(body.toString());
    response.body = page ? emptyPage : body;
    return sent;
  });
  const answer = await client.send(command, options);
  return page ?? answer;
}
