import { Prisma } from '@inference/database';
import { BACKOFF_MAX_MS } from '@inference/domain';

/**
 * Whether a queued task may be claimed by now. No back-off is longer than the longest: what seems to be due later than that was written before
 * the clock of the database was set back, and waits no longer.
 */
export function isDue(): Prisma.Sql {
  return Prisma.sql`(available_at <= now() OR available_at > now() + make_interval(secs => ${BACKOFF_MAX_MS / 1000}::float8))`;
}
