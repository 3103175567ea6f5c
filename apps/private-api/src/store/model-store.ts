import { Prisma, type Tx } from '@inference/database';
import type { Loosened, ModelSpec } from '@inference/domain';

export type ModelRow = Prisma.ModelGetPayload<object>;

export function insertModel(tx: Tx, model: Prisma.ModelCreateInput): Promise<ModelRow> {
  return tx.model.create({ data: model });
}

/** What a task needs to know of its model to be accepted. */
export type TaskModel = Pick<ModelRow, 'id' | 'folder' | 'useGpu'>;

/** One plain statement, as every POST of a task asks. */
export async function findTaskModel(tx: Tx, humanReadableId: string): Promise<TaskModel | null> {
  const [row] = await tx.$queryRaw<TaskModel[]>`
    SELECT id, folder, use_gpu AS "useGpu" FROM model WHERE human_readable_id = ${humanReadableId}`;
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

/** Brings the row of a model from the consumer's own disk up to date with its folder. */
export function updateFolderModel(tx: Tx, id: number, change: Pick<ModelRow, 'description' | 'image' | 'folder'>): Promise<ModelRow> {
  return tx.model.update({ where: { id }, data: change });
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
  | 'zipBytes'
  | 'zipSha256'
>;

/** The same part in a statement that names the table. */
export const SPEC_COLUMNS = Prisma.sql`
  model.uid, model.human_readable_id AS "humanReadableId", model.image, model.folder, model.use_gpu AS "useGpu", model.loosened,
  model.memory_bytes AS "memoryBytes", model.shm_bytes AS "shmBytes", model.pids_max AS "pidsMax", model.time_ms AS "timeMs",
  model.zip_bytes AS "zipBytes", model.zip_sha256 AS "zipSha256"`;

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
    },
  };
}
