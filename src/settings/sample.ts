import type { Kind } from './kind.ts';

/** A share of all in percent, or one named part of several. */
export type Sample =
  | { readonly kind: 'percent'; readonly percent: number }
  | { readonly kind: 'part'; readonly part: number; readonly of: number };

/** Smaller parts than this would take longer than any backup lives to cover everything. */
const mostParts = 1000;

export const sample: Kind<Sample> = {
  wanted: 'a share such as 5%, or one part of several such as 3/20',
  placeholder: 'share',
  parse(value) {
    const share = /^(\d+(?:\.\d+)?) ?%$/.exec(value);
    if (share) {
      const percent = Number(share[1]);
      return percent >= 100 / mostParts && percent <= 100 ? { kind: 'percent', percent } : undefined;
    }
    const named = /^(\d+)\/(\d+)$/.exec(value);
    if (!named) return undefined;
    const [part, of] = [Number(named[1]), Number(named[2])];
    return part >= 1 && part <= of && of <= mostParts ? { kind: 'part', part, of } : undefined;
  },
};
