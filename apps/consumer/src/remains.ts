import type { AttemptRef, ModelRuntime } from '@inference/runtime';
import type { AttemptJournal } from './journal/attempt-journal.ts';
import type { AttemptFolders } from './steps/make-folders.ts';

/** What an attempt leaves on this machine: something of its model in the runtime, and its folders. */
export class Remains {
  /** Whether something of the model may still live. Nobody knows better before its end was seen. */
  mayLive = true;
  folders: AttemptFolders | null = null;
  /** Whether the folders stay for the next process of this consumer: it may still report what the model made, or why it failed. */
  areKept = false;
  readonly #attempt: AttemptRef;
  readonly #runtime: ModelRuntime;
  readonly #journal: AttemptJournal;

  constructor(attempt: AttemptRef, { runtime, journal }: { runtime: ModelRuntime; journal: AttemptJournal }) {
    this.#attempt = attempt;
    this.#runtime = runtime;
    this.#journal = journal;
  }

  /** Removes it. Rejects where that is not sure; may be called again. */
  async remove(): Promise<void> {
    // What is left of an ended model, and of its folders, may take the sweep's next turn: its files are wanted by nobody.
    if (!this.mayLive) this.folders?.letGoOfModel();
    await this.#runtime.release(this.#attempt);
    this.mayLive = false;
    this.folders?.letGoOfModel();
    await this.#journal.settled();
    if (!this.areKept) await this.folders?.remove();
  }
}
