import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';

/** What Cain reads of a page. */
export type ListingPage = Pick<
  ListObjectsV2CommandOutput,
  'Contents' | 'CommonPrefixes' | 'IsTruncated' | 'NextContinuationToken' | 'EncodingType'
>;

const wholeDocument = /^(?:<\?xml [^<>]*\?>)?\s*<ListBucketResult(?: [^<>]*)?>.*<\/ListBucketResult>\s*$/s;
/** Comments, CDATA, and line ends that a reader of XML has to make the same. */
const unusual = /<!|\r/;
const timeInUtc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const entity = /&(?:#(\d+)|#x([0-9a-fA-F]+)|(amp|lt|gt|quot|apos));|&/g;
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Pure: the XML of a page of ListObjectsV2, as the SDK reads it. Gives undefined for all that is not as S3 and its kin
 * write it: that is for the SDK, whose reading takes many times as long, a fifth of the processor time of a prune.
 */
export function readListingPage(xml: string): ListingPage | undefined {
  if (!wholeDocument.test(xml) || unusual.test(xml)) return undefined;
  try {
    const { inner: objects, rest } = takeOut(xml, 'Contents');
    const { inner: prefixes, rest: page } = takeOut(rest, 'CommonPrefixes');
    return {
      Contents: objects.map(objectOf),
      CommonPrefixes: prefixes.map((inner) => ({ Prefix: textOf(inner, 'Prefix') })),
      IsTruncated: booleanOf(page, 'IsTruncated'),
      NextContinuationToken: optionalText(page, 'NextContinuationToken'),
      EncodingType: optionalText(page, 'EncodingType') as ListingPage['EncodingType'],
    };
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
}

class Unknown extends Error {}

/** The elements of this name, without their tags, and what stands around them. */
function takeOut(xml: string, name: string): { readonly inner: readonly string[]; readonly rest: string } {
  const [before = '', ...elements] = xml.split(`<${name}>`);
  const end = `</${name}>`;
  const inner: string[] = [];
  let rest = before;
  for (const element of elements) {
    const at = element.indexOf(end);
    if (at < 0) throw new Unknown();
    inner.push(element.slice(0, at));
    rest += element.slice(at + end.length);
  }
  return { inner, rest };
}

function objectOf(xml: string): NonNullable<ListingPage['Contents']>[number] {
  const size = textOf(xml, 'Size');
  const modified = textOf(xml, 'LastModified');
  if (!/^\d{1,15}$/.test(size) || !timeInUtc.test(modified)) throw new Unknown();
  const time = new Date(modified);
  if (Number.isNaN(time.getTime())) throw new Unknown();
  return {
    Key: textOf(xml, 'Key'),
    Size: Number(size),
    ETag: textOf(xml, 'ETag'),
    LastModified: time,
    StorageClass: optionalText(xml, 'StorageClass') as 'STANDARD' | undefined,
  };
}

function textOf(xml: string, name: string): string {
  const text = optionalText(xml, name);
  // Whether blanks count is the SDK's to say.
  if (!text || text.trim() !== text) throw new Unknown();
  return text;
}

/** The text of the one element of this name, wherever it stands. */
function optionalText(xml: string, name: string): string | undefined {
  const start = xml.indexOf(`<${name}`);
  if (start < 0) return undefined;
  const from = start + name.length + 2;
  const to = xml.indexOf('<', from);
  const isKnown = xml[from - 1] === '>' && xml.startsWith(`</${name}>`, to) && !xml.includes(`<${name}`, to);
  if (!isKnown) throw new Unknown();
  const text = xml.slice(from, to);
  return text.includes('&') ? decoded(text) : text;
}

function booleanOf(xml: string, name: string): boolean {
  const text = optionalText(xml, name);
  if (text !== 'true' && text !== 'false') throw new Unknown();
  return text === 'true';
}

function decoded(text: string): string {
  return text.replace(entity, (_, decimal?: string, hex?: string, name?: string) => {
    if (name) return named[name] ?? '';
    const code = decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16);
    if (!(code > 0 && code <= 0x10ffff)) throw new Unknown();
    return String.fromCodePoint(code);
  });
}
