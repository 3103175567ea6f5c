import { Prisma } from '@inference/database';

/** Whose tasks a caller may see: an owner's own, or, for null, everybody's. */
export type Viewer = string | null;

/** Holds a statement about `task t` to what the viewer may see: not the deleted ones, and others' only for who sees all. */
export function seenBy(viewer: Viewer): Prisma.Sql {
  return Prisma.sql`t.deleted_at IS NULL AND (${viewer}::text IS NULL OR t.owner = ${viewer}::text)`;
}
