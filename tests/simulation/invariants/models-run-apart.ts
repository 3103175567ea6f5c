import type { SeenContainer } from './stops-are-heard.ts';

/**
 * No attempt runs twice, no two models that run have a GPU in common, and whose GPUs run a model holds them.
 *
 * @param containers of all machines
 * @param holderOf the attempt that holds a GPU by its lease, as uid/number; null: none does
 */
export function modelsRunApart(containers: readonly SeenContainer[], holderOf: (uuid: string) => string | null): string[] {
  const running = containers.filter(({ isRunning }) => isRunning);
  const twice = [...Map.groupBy(running, ({ key }) => key)].flatMap(([key, same]) =>
    same.length === 1 ? [] : [`the attempt ${key} runs twice`],
  );
  const uses = running.flatMap(({ key, gpuUuids }) => gpuUuids.map((uuid) => ({ key, uuid })));
  const shared = [...Map.groupBy(uses, ({ uuid }) => uuid)].flatMap(([uuid, users]) =>
    users.length === 1 ? [] : [`${users.map(({ key }) => key).join(' and ')} run on ${uuid} at the same time`],
  );
  const unleased = uses.flatMap(({ key, uuid }) => (holderOf(uuid) === key ? [] : [`${key} runs on ${uuid}, which is not its own`]));
  return [...twice, ...shared, ...unleased];
}
