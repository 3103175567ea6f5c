/** How a user wishes a task to be served among their own. */
export type Priority = 'high' | 'normal' | 'low';

/** By so much a task of this priority goes before one of the same age, in milliseconds: none that came later than that overtakes it, nor does it overtake one that came that much earlier. */
export const HEAD_START_MS: Readonly<Record<Priority, number>> = { high: 4 * 3_600_000, normal: 0, low: -4 * 3_600_000 };

/** The place of a task among those of its owner, the least first. It is known at submit and never changes, so that it can be kept and indexed. */
export function orderKey(submittedAtMs: number, priority: Priority): number {
  return submittedAtMs - HEAD_START_MS[priority];
}
