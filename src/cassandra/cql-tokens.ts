import { unreadableOutput } from './unreadable.ts';

export interface CqlToken {
  readonly kind: 'word' | 'quoted-name' | 'string' | 'symbol' | 'blank';
  /** As written, quotes and all; "blank" is white space or a comment. */
  readonly text: string;
  readonly start: number;
}

/**
 * Tried in this order at each place. Comments do not nest; quotes are doubled inside '…' and "…", and nothing
 * is special inside $$…$$, which DESC writes function bodies in.
 */
const tokenForms: ReadonlyArray<readonly [CqlToken['kind'], RegExp]> = [
  ['blank', /\s+|(?:--|\/\/)[^\n\r]*|\/\*[\s\S]*?\*\//y],
  ['string', /'[^']*(?:''[^']*)*'|\$\$[\s\S]*?\$\$/y],
  ['quoted-name', /"[^"]*(?:""[^"]*)*"/y],
  ['word', /\w+/y],
];

/** Where nothing of `tokenForms` fits, these begin something that has no end. */
const unfinished = /['"]|\$\$|\/\*/y;

/** The tokens of a CQL text, none left out. Throws CAIN_OUTPUT_UNREADABLE for a string or comment without an end. */
export function* cqlTokens(text: string): Generator<CqlToken> {
  for (let start = 0; start < text.length; ) {
    const token = tokenAt(text, start);
    yield token;
    start += token.text.length;
  }
}

function tokenAt(text: string, start: number): CqlToken {
  for (const [kind, form] of tokenForms) {
    form.lastIndex = start;
    const [match] = form.exec(text) ?? [];
    if (match) return { kind, text: match, start };
  }
  unfinished.lastIndex = start;
  if (unfinished.test(text)) throw unreadableOutput('DESC', text.slice(start));
  return { kind: 'symbol', text: text.charAt(start), start };
}
