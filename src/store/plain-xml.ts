/** Texts by the names of their elements, as they stand there: `decodedText` makes them what they mean. */
export type Texts = ReadonlyMap<string, string>;

/** Elements within the root that hold elements themselves. */
export interface XmlRecord {
  readonly name: string;
  readonly texts: Texts;
}

export interface PlainXml {
  /** Of the root itself. */
  readonly texts: Texts;
  readonly records: readonly XmlRecord[];
}

/** Thrown inwards of whoever has somebody else to ask. */
export class NotPlain extends Error {}

/** Comments, CDATA, and line ends that a reader of XML has to make the same. */
const unusual = /<!|\r/;
const start = /(?:<\?xml(?: [a-z]+="[^"<>]*")* *\?>)?[ \t\n]*<(?<name>[A-Za-z]+)(?: [A-Za-z:]+="[^"<>]*")*>/y;
const textElement = /[ \t\n]*<([A-Za-z]+)(?:\/>|>([^<]*)<\/\1>)/y;
const opening = /[ \t\n]*<([A-Za-z]+)>/y;
const closing = /[ \t\n]*<\/([A-Za-z]+)>/y;
const nothing = /[ \t\n]*$/y;

/**
 * Pure: a document as S3 writes its listings. Every character of it is accounted for: a root, in it texts and records of
 * texts, no name of a text twice. A record may hold records again; those are passed over. Throws NotPlain for all else,
 * which may be XML all the same.
 */
export function readPlainXml(xml: string, root: string): PlainXml {
  if (unusual.test(xml)) throw new NotPlain();
  let at = 0;

  function take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at;
    const found = pattern.exec(xml);
    if (found) at = pattern.lastIndex;
    return found;
  }
  function takeTexts(texts: Map<string, string>): void {
    for (let found = take(textElement); found; found = take(textElement)) {
      const [, name = '', text = ''] = found;
      if (texts.has(name)) throw new NotPlain();
      texts.set(name, text);
    }
  }
  function takeEnd(name: string): void {
    if (take(closing)?.[1] !== name) throw new NotPlain();
  }
  function takeRecord(name: string): XmlRecord {
    const texts = new Map<string, string>();
    takeTexts(texts);
    for (let inner = take(opening)?.[1]; inner; inner = take(opening)?.[1]) {
      takeTexts(new Map());
      takeEnd(inner);
      takeTexts(texts);
    }
    takeEnd(name);
    return { name, texts };
  }

  if (take(start)?.groups?.name !== root) throw new NotPlain();
  const texts = new Map<string, string>();
  const records: XmlRecord[] = [];
  takeTexts(texts);
  for (let name = take(opening)?.[1]; name; name = take(opening)?.[1]) {
    records.push(takeRecord(name));
    takeTexts(texts);
  }
  takeEnd(root);
  if (!take(nothing)) throw new NotPlain();
  return { texts, records };
}

const entity = /&(?:#(\d+)|#x([0-9a-fA-F]+)|(amp|lt|gt|quot|apos));|&/g;
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** A copy: a part of a string keeps the whole of it in memory. Throws NotPlain. */
export function decodedText(text: string): string {
  // Whether blanks around it count is for others to say.
  if (text.trim() !== text) throw new NotPlain();
  if (!text.includes('&')) return ` ${text}`.slice(1);
  return text.replace(entity, (_, decimal?: string, hex?: string, name?: string) => {
    if (name) return named[name] ?? '';
    const code = decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16);
    if (!(code > 0 && code <= 0x10ffff)) throw new NotPlain();
    return String.fromCodePoint(code);
  });
}
