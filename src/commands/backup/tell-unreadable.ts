import type { Logger } from '../../log.ts';
import type { Catalog } from '../../store/catalog.ts';

/**
 * What can't be read of earlier backups is no reason to go without tonight's: it reuses nothing of them. Retention
 * is another matter, and stops until somebody has looked.
 */
export function tellUnreadable(
  { unreadable, strays }: Pick<Catalog, 'unreadable' | 'strays'>,
  log: Logger,
): void {
  for (const key of strays) {
    log.warn(
      'An object among the records has no name that Cain gives; it is passed over, and nothing is pruned',
      {
        key,
      },
    );
  }
  for (const { key, tag, error } of unreadable) {
    log.warn('Record of an earlier backup can not be read; nothing of it is reused, and nothing is pruned', {
      key,
      earlierTag: tag,
      error,
    });
  }
}
