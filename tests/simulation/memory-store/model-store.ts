import { MODEL_LIMITS, type ResourceAsks } from '@inference/domain';
import type { ModelRow } from '../rows.ts';
import type { MemoryDatabase } from './memory-database.ts';
import type { Statement } from './statement.ts';
import { statementFault } from './statement-fault.ts';

/** Rows as Prisma has them. */
type NamedRow = ReturnType<Statement<'insertModel'>>;
type FolderModelRow = ReturnType<Statement<'upsertFolderModels'>>[number];

export const insertModel: Statement<'insertModel'> = (db, model) => {
  const made = db.model.insert({
    id: db.ids.model(),
    uid: model.uid,
    human_readable_id: model.humanReadableId,
    description: model.description ?? '',
    image: model.image,
    folder: model.folder ?? null,
    use_gpu: model.useGpu,
    loosened: Array.isArray(model.loosened) ? [...model.loosened] : [],
    memory_bytes: BigInt(model.memoryBytes),
    shm_bytes: BigInt(model.shmBytes),
    pids_max: model.pidsMax,
    time_ms: BigInt(model.timeMs),
    hang_ms: model.hangMs == null ? null : BigInt(model.hangMs),
    cpus: model.cpus ?? null,
    output_bytes: BigInt(model.outputBytes ?? MODEL_LIMITS.outputBytes),
    asks: (model.asks ?? {}) as ResourceAsks,
    running_max: model.runningMax ?? null,
    queued_max: model.queuedMax ?? null,
    ...{ typical_ms: null, long_ms: null },
    retries_max: model.retriesMax ?? 0,
    zip_key: model.zipKey ?? null,
    zip_name: model.zipName ?? null,
    zip_bytes: model.zipBytes == null ? null : BigInt(model.zipBytes),
    zip_sha256: model.zipSha256 ?? null,
    created_at: db.now(),
    disabled_at: null,
  });
  return named(made);
};

export const findTaskModel: Statement<'findTaskModel'> = (db, humanReadableId) => {
  const model = db.modelByHumanReadableId.get(humanReadableId);
  if (model === undefined) return null;
  const { id, folder, useGpu, timeMs, disabledAt, queuedMax } = named(model);
  return { id, folder, useGpu, timeMs, disabledAt, queuedMax, asks: model.asks };
};

export const findModel: Statement<'findModel'> = (db, humanReadableId) => namedOrNull(db.modelByHumanReadableId.get(humanReadableId));

export const findModelByUid: Statement<'findModelByUid'> = (db, uid) => namedOrNull(db.modelByUid.get(uid));

export const upsertFolderModels: Statement<'upsertFolderModels'> = (db, models, limits) => {
  const given = models.toSorted((a, b) => (a.humanReadableId < b.humanReadableId ? -1 : 1));
  const before = new Map(given.map(({ humanReadableId }) => [humanReadableId, db.modelByHumanReadableId.get(humanReadableId)]));
  return given.flatMap(({ uid, humanReadableId, description, image, folder }): FolderModelRow[] => {
    // Postgres takes a number for each row that is given, and only then looks whether there is such a row.
    const id = db.ids.model();
    const known = db.modelByHumanReadableId.get(humanReadableId);
    const answer = { humanReadableId, description, image, folder };
    if (known === undefined) {
      insertFolderModel(db, { id, uid, human_readable_id: humanReadableId, description, image, folder }, limits);
      return [{ ...answer, isNew: true }];
    }
    if (known !== before.get(humanReadableId)) throw statementFault('twice', humanReadableId);
    const isSame = known.description === description && known.image === image && known.folder === folder;
    if (known.folder === null || isSame) return [];
    db.model.update(known, { description, image, folder });
    return [{ ...answer, isNew: false }];
  });
};

function insertFolderModel(
  db: MemoryDatabase,
  model: Pick<ModelRow, 'id' | 'uid' | 'human_readable_id' | 'description' | 'image' | 'folder'>,
  limits: Parameters<Statement<'upsertFolderModels'>>[2],
): void {
  db.model.insert({
    ...model,
    use_gpu: false,
    loosened: [],
    memory_bytes: BigInt(limits.memoryBytes),
    shm_bytes: BigInt(limits.shmBytes),
    pids_max: limits.pidsMax,
    time_ms: BigInt(limits.timeMs),
    hang_ms: limits.hangMs === null ? null : BigInt(limits.hangMs),
    cpus: limits.cpus,
    output_bytes: BigInt(limits.outputBytes),
    ...{ asks: {}, running_max: null, queued_max: null, typical_ms: null, long_ms: null },
    retries_max: 0,
    ...{ zip_key: null, zip_name: null, zip_bytes: null, zip_sha256: null },
    created_at: db.now(),
    disabled_at: null,
  });
}

export const findTakenIds: Statement<'findTakenIds'> = (db, humanReadableIds) =>
  [...new Set(humanReadableIds)].filter((id) => db.modelByHumanReadableId.get(id)?.folder === null).toSorted();

export const updateModel: Statement<'updateModel'> = (db, humanReadableId, update) => {
  const model = db.modelByHumanReadableId.get(humanReadableId);
  if (model === undefined) return false;
  const { description, memoryBytes, shmBytes, pidsMax, timeMs, hangMs, cpus, outputBytes, retriesMax, disabled } = update;
  db.model.update(model, {
    description: description ?? model.description,
    memory_bytes: memoryBytes === null ? model.memory_bytes : BigInt(memoryBytes),
    shm_bytes: shmBytes === null ? model.shm_bytes : BigInt(shmBytes),
    pids_max: pidsMax ?? model.pids_max,
    time_ms: timeMs === null ? model.time_ms : BigInt(timeMs),
    hang_ms: hangMs === undefined ? model.hang_ms : hangMs === null ? null : BigInt(hangMs),
    cpus: cpus === undefined ? model.cpus : cpus,
    output_bytes: outputBytes === null ? model.output_bytes : BigInt(outputBytes),
    retries_max: retriesMax ?? model.retries_max,
    asks: update.asks ?? model.asks,
    running_max: update.runningMax === undefined ? model.running_max : update.runningMax,
    queued_max: update.queuedMax === undefined ? model.queued_max : update.queuedMax,
    disabled_at: (disabled ?? model.disabled_at !== null) ? (model.disabled_at ?? db.now()) : null,
  });
  return true;
};

function namedOrNull(model: ModelRow | undefined): NamedRow | null {
  return model === undefined ? null : named(model);
}

/** A row of a model under the names that Prisma gives its columns. */
export function named(model: ModelRow): NamedRow {
  return {
    id: model.id,
    createdAt: model.created_at,
    description: model.description,
    disabledAt: model.disabled_at,
    retriesMax: model.retries_max,
    asks: model.asks,
    ...{ runningMax: model.running_max, queuedMax: model.queued_max, typicalMs: model.typical_ms, longMs: model.long_ms },
    zipKey: model.zip_key,
    zipName: model.zip_name,
    ...specColumns(model),
  };
}

/** The same columns as SPEC_COLUMNS of the store. */
export function specColumns(model: ModelRow) {
  return {
    uid: model.uid,
    humanReadableId: model.human_readable_id,
    image: model.image,
    folder: model.folder,
    useGpu: model.use_gpu,
    loosened: [...model.loosened],
    memoryBytes: model.memory_bytes,
    shmBytes: model.shm_bytes,
    pidsMax: model.pids_max,
    timeMs: model.time_ms,
    hangMs: model.hang_ms,
    cpus: model.cpus,
    outputBytes: model.output_bytes,
    zipBytes: model.zip_bytes,
    zipSha256: model.zip_sha256,
  };
}
