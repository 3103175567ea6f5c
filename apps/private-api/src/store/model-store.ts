import { Prisma, type Tx } from '@inference/database';
import type { Loosened, ModelLimits, ModelSpec, ResourceAsks } from '@inference/domain';

export type ModelRow = Prisma.ModelGetPayload<object>;

export function insertModel(tx: Tx, model: Prisma.ModelCreateInput): Promise<ModelRow> {
  return tx.model.create({ data: model });
}

/** What a task needs to know of its model to be accepted. */
export type TaskModel = Pick<ModelRow, 'id' | 'folder' | 'useGpu' | 'timeMs' | 'disabledAt' | 'queuedMax'> & { asks: ResourceAsks };

/** One plain statement, as every POST of a task asks. */
export async function findTaskModel(tx: Tx, humanReadableId: string): Promise<TaskModel | null> {
  const [row] = await tx.$queryRaw<TaskModel[]>`
    SELECT id, folder, use_gpu AS "useGpu", time_ms AS "timeMs", disabled_at AS "disabledAt", asks, queued_max AS "queuedMax" FROM model WHERE human_readable_id = ${humanReadableId}`;
  return row ?? null;
}

/** Finds a model by the id that people give it. */
export function findModel(tx: Tx, humanReadableId: string): Promise<ModelRow | null> {
  return tx.model.findUnique({ where: { humanReadableId } });
}

export function findModelByUid(tx: Tx, uid: string): Promise<ModelRow | null> {
  return tx.model.findUnique({ where: { uid } });
}

export function listModels(tx: Tx, countMax: number): Promise<ModelRow[]> {
  return tx.model.findMany({ orderBy: { id: 'asc' }, take: countMax });
}

/** A model that lies in a folder, and whether it was not there before. */
export type FolderModelRow = { humanReadableId: string; description: string; image: string; folder: string; isNew: boolean };

/**
 * Inserts the rows of models that lie in folders on a consumer's own disk, or brings them up to date. Rows of container models, and rows
 * that say the same already, are left alone: consumers repeat themselves once a minute. In the order of the ids, so that two consumers with
 * the same models cannot lock each other out. Answers those that are new or were changed.
 */
export async function upsertFolderModels(
  tx: Tx,
  models: readonly Readonly<Record<'uid' | 'humanReadableId' | 'description' | 'image' | 'folder', string>>[],
  limits: ModelLimits,
): Promise<FolderModelRow[]> {
  const column = (name: keyof (typeof models)[number]) => models.map((model) => model[name]);
  // A row that the statement itself inserted was changed by nobody yet.
  return await tx.$queryRaw<FolderModelRow[]>`
    INSERT INTO model (uid, human_readable_id, description, image, folder, use_gpu, memory_bytes, shm_bytes, pids_max, time_ms, hang_ms, cpus,
                       output_bytes)
    SELECT given.*, false, ${limits.memoryBytes}::bigint, ${limits.shmBytes}::bigint, ${limits.pidsMax}::int, ${limits.timeMs}::bigint,
           ${limits.hangMs}::bigint, ${limits.cpus}::float8, ${limits.outputBytes}::bigint
    FROM unnest(${column('uid')}::text[], ${column('humanReadableId')}::text[], ${column('description')}::text[],
                ${column('image')}::text[], ${column('folder')}::text[])
         AS given (uid, human_readable_id, description, image, folder)
    ORDER BY human_readable_id
    ON CONFLICT (human_readable_id) DO UPDATE
    SET description = excluded.description, image = excluded.image, folder = excluded.folder
    WHERE model.folder IS NOT NULL
      AND (model.description, model.image, model.folder) IS DISTINCT FROM (excluded.description, excluded.image, excluded.folder)
    RETURNING human_readable_id AS "humanReadableId", description, image, folder, xmax = 0 AS "isNew"`;
}

/** Those of the ids that belong to container models. */
export async function findTakenIds(tx: Tx, humanReadableIds: readonly string[]): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT human_readable_id AS id FROM model WHERE human_readable_id = ANY (${humanReadableIds}::text[]) AND folder IS NULL ORDER BY id`;
  return rows.map((row) => row.id);
}

/** A page of models, the newest first; `before` is the row that the page before ended with. */
export function listModelPage(tx: Tx, page: { before: number | null; countMax: number }): Promise<ModelRow[]> {
  const where = page.before === null ? {} : { id: { lt: page.before } };
  return tx.model.findMany({ where, orderBy: { id: 'desc' }, take: page.countMax });
}

/** What an admin may change of a model; null stays as it is. */
export type ModelUpdate = {
  readonly description: string | null;
  readonly memoryBytes: number | null;
  readonly shmBytes: number | null;
  readonly pidsMax: number | null;
  readonly timeMs: number | null;
  /** Null: it may hang from now on; undefined: as it is. */
  readonly hangMs: number | null | undefined;
  /** Null: what the consumer gives each slot; undefined: as it is. */
  readonly cpus: number | null | undefined;
  readonly outputBytes: number | null;
  readonly retriesMax: number | null;
  readonly asks: ResourceAsks | null;
  /** Null: any number from now on; undefined: as it is. */
  readonly runningMax: number | null | undefined;
  readonly queuedMax: number | null | undefined;
  readonly disabled: boolean | null;
};

/** Changes a model; answers whether there is one. Since when it is disabled stays, however often that is said. */
export async function updateModel(tx: Tx, humanReadableId: string, update: ModelUpdate): Promise<boolean> {
  const { description, memoryBytes, shmBytes, pidsMax, timeMs, hangMs, cpus, outputBytes, retriesMax, disabled } = update;
  const { runningMax, queuedMax } = update;
  const asks = update.asks === null ? null : JSON.stringify(update.asks);
  const changed = await tx.$executeRaw`
    UPDATE model SET description = coalesce(${description}::text, description), memory_bytes = coalesce(${memoryBytes}::bigint, memory_bytes),
      shm_bytes = coalesce(${shmBytes}::bigint, shm_bytes), pids_max = coalesce(${pidsMax}::int, pids_max),
      time_ms = coalesce(${timeMs}::bigint, time_ms), retries_max = coalesce(${retriesMax}::int, retries_max),
      hang_ms = CASE WHEN ${hangMs === undefined} THEN hang_ms ELSE ${hangMs ?? null}::bigint END,
      cpus = CASE WHEN ${cpus === undefined} THEN cpus ELSE ${cpus ?? null}::float8 END,
      asks = coalesce(${asks}::jsonb, asks),
      running_max = CASE WHEN ${runningMax === undefined} THEN running_max ELSE ${runningMax ?? null}::int END,
      queued_max = CASE WHEN ${queuedMax === undefined} THEN queued_max ELSE ${queuedMax ?? null}::int END,
      output_bytes = coalesce(${outputBytes}::bigint, output_bytes),
      disabled_at = CASE WHEN coalesce(${disabled}::boolean, disabled_at IS NOT NULL) THEN coalesce(disabled_at, now()) END
    WHERE human_readable_id = ${humanReadableId}`;
  return changed > 0;
}

/** The part of a model's row that its spec is made of. */
export type SpecRow = Pick<
  ModelRow,
  | 'uid'
  | 'humanReadableId'
  | 'image'
  | 'folder'
  | 'useGpu'
  | 'loosened'
  | 'memoryBytes'
  | 'shmBytes'
  | 'pidsMax'
  | 'timeMs'
  | 'hangMs'
  | 'cpus'
  | 'outputBytes'
  | 'zipBytes'
  | 'zipSha256'
>;

/** The same part in a statement that names the table. */
export const SPEC_COLUMNS = Prisma.sql`
  model.uid, model.human_readable_id AS "humanReadableId", model.image, model.folder, model.use_gpu AS "useGpu", model.loosened,
  model.memory_bytes AS "memoryBytes", model.shm_bytes AS "shmBytes", model.pids_max AS "pidsMax", model.time_ms AS "timeMs",
  model.hang_ms AS "hangMs", model.cpus, model.output_bytes AS "outputBytes", model.zip_bytes AS "zipBytes", model.zip_sha256 AS "zipSha256"`;

/** What a consumer must know of the model. */
export function specOf(row: SpecRow): ModelSpec {
  return {
    uid: row.uid,
    humanReadableId: row.humanReadableId,
    source: row.folder === null ? { kind: 'image', image: row.image } : { kind: 'folder', folder: row.folder },
    useGpu: row.useGpu,
    zip: row.zipSha256 === null ? null : { bytes: Number(row.zipBytes), sha256: row.zipSha256 },
    loosened: row.loosened as Loosened[],
    limits: {
      memoryBytes: Number(row.memoryBytes),
      shmBytes: Number(row.shmBytes),
      pidsMax: row.pidsMax,
      timeMs: Number(row.timeMs),
      hangMs: row.hangMs === null ? null : Number(row.hangMs),
      cpus: row.cpus,
      outputBytes: Number(row.outputBytes),
    },
  };
}
