import type { AttemptRef } from '../model-runtime.ts';

/** Labels on every container of ours. What lacks the first one is never touched. */
export const LABELS = {
  installation: 'inference-server.installation',
  task: 'inference-server.task',
  attempt: 'inference-server.attempt',
} as const;

/** The labels of what belongs to one attempt. */
export function attemptLabels(installationId: string, { taskUid, attempt }: AttemptRef): Record<string, string> {
  return { [LABELS.installation]: installationId, [LABELS.task]: taskUid, [LABELS.attempt]: String(attempt) };
}

/** The same as the engine's list filters take them: a thing must have all of them. */
export function labelFilter(labels: Readonly<Record<string, string>>): { label: string[] } {
  return { label: Object.entries(labels).map(([name, value]) => `${name}=${value}`) };
}
