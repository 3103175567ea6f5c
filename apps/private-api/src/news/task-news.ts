/**
 * Wakes whoever waits for a change of a task. News is a hint, the database is the truth: a wait may end without news, and whoever is
 * woken looks at the database.
 */
export interface TaskNews {
  /** Says that a task changed: call it after the commit. Waiters of this process wake at once, those of other private APIs a little later. */
  tell(taskUid: string): void;
  /**
   * Resolves when the task may have changed since the call, at the time limit, or when the signal is aborted. Call it before looking at
   * the database, and wait for it afterwards: what changes in between is not missed.
   */
  changed(taskUid: string, wait: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<void>;
}
