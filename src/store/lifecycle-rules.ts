import type { ExpirationRule } from './store.ts';

interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** A rule as S3's GetBucketLifecycleConfiguration gives it, as far as it matters here. */
export interface LifecycleRule {
  readonly ID?: string | undefined;
  readonly Status?: string | undefined;
  /** The former place of the prefix. */
  readonly Prefix?: string | undefined;
  readonly Filter?:
    | {
        readonly Prefix?: string | undefined;
        readonly Tag?: Tag | undefined;
        readonly And?:
          | { readonly Prefix?: string | undefined; readonly Tags?: readonly Tag[] | undefined }
          | undefined;
      }
    | undefined;
  readonly Expiration?: { readonly Days?: number | undefined; readonly Date?: Date | undefined } | undefined;
}

/**
 * The enabled rules that delete objects under `prefix` (from the bucket's root) by age. Rules for noncurrent
 * versions, delete markers and unfinished uploads do no harm; rules for tagged objects meet ours only with these tags.
 */
export function rulesThatExpire(
  rules: readonly LifecycleRule[],
  prefix: string,
  tags: Readonly<Record<string, string>> = {},
): readonly ExpirationRule[] {
  return rules
    .map((rule, index) => ({ rule, id: rule.ID ?? `rule ${index + 1}`, prefix: prefixOf(rule) }))
    .filter(({ rule }) => rule.Status === 'Enabled' && deletesByAge(rule) && wantedTags(rule).every(isOurs))
    .filter((rule) => rule.prefix.startsWith(prefix) || prefix.startsWith(rule.prefix))
    .map(({ id, prefix }) => ({ id, prefix }));

  function isOurs({ Key, Value }: Tag): boolean {
    return Key !== undefined && tags[Key] === (Value ?? '');
  }
}

function deletesByAge({ Expiration }: LifecycleRule): boolean {
  return Expiration?.Days !== undefined || Expiration?.Date !== undefined;
}

function wantedTags({ Filter }: LifecycleRule): readonly Tag[] {
  return [...(Filter?.Tag ? [Filter.Tag] : []), ...(Filter?.And?.Tags ?? [])];
}

function prefixOf({ Filter, Prefix }: LifecycleRule): string {
  return Filter?.And?.Prefix ?? Filter?.Prefix ?? Prefix ?? '';
}
