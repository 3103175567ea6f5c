import type { AttemptRow } from '../rows.ts';
import { newestOf } from './related-rows.ts';
import type { Statement } from './statement.ts';

const ENDED_LOOKED_AT_MAX = 2_000;

export const measureModels: Statement<'measureModels'> = (db) => {
  const ended = db.tasksUnpurged.get('unpurged').toSorted((a, b) => Number(b.finished_at) - Number(a.finished_at) || b.id - a.id);
  const good = ended.slice(0, ENDED_LOOKED_AT_MAX).flatMap((task) => {
    const attempt = task.state === 'succeeded' ? newestOf(db, task) : undefined;
    return attempt?.outcome === 'succeed' ? [{ modelId: task.model_id, ms: durationOf(attempt) }] : [];
  });
  const byModel = [...Map.groupBy(good, ({ modelId }) => modelId)].map(([modelId, all]) => {
    const sorted = all.map(({ ms }) => ms).sort((a, b) => a - b);
    const at = (share: number) => BigInt(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
    return { modelId, typical_ms: at(0.5), long_ms: at(0.95) };
  });
  const changed = byModel.filter(({ modelId, typical_ms, long_ms }) => {
    const model = db.modelById.get(modelId);
    return model !== undefined && (model.typical_ms !== typical_ms || model.long_ms !== long_ms);
  });
  for (const { modelId, ...measured } of changed) {
    const model = db.modelById.get(modelId);
    if (model !== undefined) db.model.update(model, measured);
  }
  return changed.length;
};

function durationOf({ started_at: from, ended_at: to }: AttemptRow): number {
  return Math.max(0, (to?.getTime() ?? 0) - from.getTime());
}
