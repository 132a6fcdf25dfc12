import type { Kind } from './kind.ts';

const powers = ['', 'k', 'm', 'g', 't'];

/** Bytes of `8388608`, `8MiB`, `8Mi` (as Kubernetes writes it), `1.5GiB`, `100MB`. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(?:([kmgt])(i)?)?b?$/i.exec(text);
  if (!match) return undefined;

  const [, amount, prefix = '', binary] = match;
  const bytes = Number(amount) * (binary ? 1024 : 1000) ** powers.indexOf(prefix.toLowerCase());
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A size in bytes, from `min` to `max` where those are given. */
export function size({ min, max }: { readonly min?: string; readonly max?: string } = {}): Kind<number> {
  const minBytes = min === undefined ? 0 : (parseSize(min) ?? 0);
  const maxBytes = max === undefined ? Number.MAX_SAFE_INTEGER : (parseSize(max) ?? 0);
  const limits = `${min === undefined ? '' : `, at least ${min}`}${max === undefined ? '' : `, at most ${max}`}`;
  return {
    wanted: `a size such as 8388608 or 8MiB${limits}`,
    placeholder: 'size',
    parse(text) {
      const bytes = parseSize(text);
      return bytes !== undefined && bytes >= minBytes && bytes <= maxBytes ? bytes : undefined;
    },
  };
}
