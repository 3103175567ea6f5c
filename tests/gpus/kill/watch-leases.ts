import type { Database } from '@inference/database';

/** A GPU that was leased while another lease of it was live: `lease` is the later one. */
export type SharedLease = { readonly uuid: string; readonly lease: number };

/**
 * Has the database note each lease that begins or ends, in the order in which that happens: the times of the rows are those of their transactions,
 * which may have waited for each other. Answers what asks which GPUs were leased twice at once.
 */
export async function watchLeases(db: Database): Promise<() => Promise<SharedLease[]>> {
  await db.$executeRaw`CREATE TABLE seen_lease (at bigserial, uuid text NOT NULL, lease int NOT NULL, live boolean NOT NULL)`;
  await db.$executeRaw`
    CREATE FUNCTION see_lease() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO seen_lease (uuid, lease, live) VALUES (NEW.device_uuid, NEW.id, NEW.ended_at IS NULL);
      RETURN NULL;
    END $$`;
  await db.$executeRaw`
    CREATE TRIGGER see_lease AFTER INSERT OR UPDATE OF ended_at ON device_lease FOR EACH ROW EXECUTE FUNCTION see_lease()`;
  return () => db.$queryRaw<SharedLease[]>`
    SELECT uuid, lease FROM (SELECT uuid, lease, live, lag(live) OVER (PARTITION BY uuid ORDER BY at) AS was_live FROM seen_lease) AS seen
    WHERE live AND was_live ORDER BY uuid, lease`;
}
