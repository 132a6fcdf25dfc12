import type { Kind } from './kind.ts';

/** Any text; `wanted` and `pattern` narrow it. */
export function text(placeholder = 'text', wanted = 'a text', pattern = /^/): Kind<string> {
  return { wanted, placeholder, parse: (value) => (pattern.test(value) ? value : undefined) };
}

export const secret: Kind<string> = {
  wanted: 'a secret',
  placeholder: 'secret',
  isSecret: true,
  parse: (value) => value,
};

/** A path in Cain's own container; that it can be read is checked for the commands that use it. */
export const file: Kind<string> = {
  wanted: 'the path of a file that can be read',
  placeholder: 'path',
  isFile: true,
  parse: (value) => value,
};

/** A switch. The words are those that Go's ParseBool takes, as the original's did, and yes and no. */
export const bool: Kind<boolean> = {
  wanted: 'true or false',
  parse(value) {
    if (/^(true|t|yes|1)$/i.test(value)) return true;
    if (/^(false|f|no|0)$/i.test(value)) return false;
    return undefined;
  },
};

export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Kind<number> {
  return {
    wanted:
      max === Number.MAX_SAFE_INTEGER
        ? `a whole number of at least ${min}`
        : `a whole number from ${min} to ${max}`,
    placeholder: 'number',
    parse(value) {
      const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
      return number >= min && number <= max ? number : undefined;
    },
  };
}

/** 0 to 100, with or without the sign. */
export const percent: Kind<number> = {
  wanted: 'a percentage from 0 to 100, such as 10 or 10%',
  placeholder: 'percent',
  parse(value) {
    const match = /^(\d+(?:\.\d+)?) ?%?$/.exec(value);
    const number = match ? Number(match[1]) : Number.NaN;
    return number <= 100 ? number : undefined;
  },
};

export function choice<const Word extends string>(...words: readonly Word[]): Kind<Word> {
  return {
    wanted: `one of ${words.join(', ')}`,
    placeholder: words.join('|'),
    parse: (value) => words.find((word) => word === value),
  };
}

/** Comma-separated items, each matching `pattern`; spaces around them do not count. */
export function list(placeholder: string, wanted: string, pattern = /./): Kind<readonly string[]> {
  return {
    wanted,
    placeholder,
    isList: true,
    parse(value) {
      const items = value
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
      return items.length > 0 && items.every((item) => pattern.test(item)) ? items : undefined;
    },
  };
}

/** An http or https URL, without login, query or fragment; the value ends without "/". */
export const httpUrl: Kind<string> = {
  wanted: 'an http or https URL without a login in it, such as https://host:9091',
  placeholder: 'url',
  parse(value) {
    if (!/^https?:\/\/[^/@?#]+(\/[^@?#]*)?$/i.test(value) || !URL.canParse(value)) return undefined;
    return value.replace(/\/+$/, '');
  },
};
