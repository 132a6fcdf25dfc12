import type { ExpirationRule } from './store.ts';

/** A rule as S3's GetBucketLifecycleConfiguration gives it, as far as it matters here. */
export interface LifecycleRule {
  readonly ID?: string | undefined;
  readonly Status?: string | undefined;
  /** The former place of the prefix. */
  readonly Prefix?: string | undefined;
  readonly Filter?:
    | {
        readonly Prefix?: string | undefined;
        readonly Tag?: unknown;
        readonly And?:
          | { readonly Prefix?: string | undefined; readonly Tags?: readonly unknown[] | undefined }
          | undefined;
      }
    | undefined;
  readonly Expiration?: { readonly Days?: number | undefined; readonly Date?: Date | undefined } | undefined;
}

/**
 * The enabled rules that delete objects under `prefix` (from the bucket's root) by age. Rules for noncurrent
 * versions, delete markers and unfinished uploads do no harm; rules for tagged objects don't meet ours, which have no tags.
 */
export function rulesThatExpire(rules: readonly LifecycleRule[], prefix: string): readonly ExpirationRule[] {
  return rules
    .map((rule, index) => ({ rule, id: rule.ID ?? `rule ${index + 1}`, prefix: prefixOf(rule) }))
    .filter(({ rule }) => rule.Status === 'Enabled' && deletesByAge(rule) && !wantsTags(rule))
    .filter((rule) => rule.prefix.startsWith(prefix) || prefix.startsWith(rule.prefix))
    .map(({ id, prefix }) => ({ id, prefix }));
}

function deletesByAge({ Expiration }: LifecycleRule): boolean {
  return Expiration?.Days !== undefined || Expiration?.Date !== undefined;
}

function wantsTags({ Filter }: LifecycleRule): boolean {
  return Filter?.Tag !== undefined || (Filter?.And?.Tags?.length ?? 0) > 0;
}

function prefixOf({ Filter, Prefix }: LifecycleRule): string {
  return Filter?.And?.Prefix ?? Filter?.Prefix ?? Prefix ?? '';
}
