import { join } from 'node:path';
import { writeDurably } from '@inference/disk';
import { ATTEMPTS, folderName } from '@inference/runtime';
import type { Deps } from '../deps.ts';
import type { JournalEntry, Stage } from './journal-entry.ts';

/** The file in the folder of an attempt; models see only the folders beside it. */
export const JOURNAL = 'attempt.json';

/** A model is stopped after so long at the latest, in milliseconds, though the disk hangs on which it is noted. */
const FORGET_LIMIT_MS = 1_000;

type JournalDeps = Pick<Deps, 'disk' | 'log' | 'workFolder' | 'machineBootId' | 'clock'>;

/**
 * Writes down how far an attempt has come, for the process that comes after this one. Nobody waits for it: what is not written yet when this
 * process dies is run again, and nothing is lost but time.
 */
export class AttemptJournal {
  readonly #deps: JournalDeps;
  readonly #about: Omit<JournalEntry, 'stage' | 'machineBootId'>;
  #written = Promise.resolve();

  constructor(deps: JournalDeps, about: Omit<JournalEntry, 'stage' | 'machineBootId'>) {
    this.#deps = deps;
    this.#about = about;
  }

  /** Writes this beside what follows, after what was noted before. */
  note(stage: Stage): void {
    this.#written = this.#written.then(() => this.#write(stage));
  }

  /**
   * Takes back what was noted, before the model is told to end: one may end well then, with half of its output, and the next process would
   * take that for its result. Should this process die now, the task is run again.
   */
  async forget(): Promise<void> {
    this.#written = this.#written.then(() => this.#remove());
    const limit = Promise.withResolvers<void>();
    const cancel = this.#deps.clock.after(FORGET_LIMIT_MS, limit.resolve);
    await Promise.race([this.#written, limit.promise]);
    cancel();
  }

  /** Resolves when nothing is being written any more: the folder may go. */
  settled(): Promise<void> {
    return this.#written;
  }

  async #write(stage: Stage): Promise<void> {
    const { disk, machineBootId, log } = this.#deps;
    const { claimed } = this.#about;
    const entry: JournalEntry = { machineBootId, ...this.#about, stage };
    try {
      await writeDurably(disk, this.#path, JSON.stringify(entry));
    } catch (error) {
      const { taskUid, attempt } = claimed;
      log.warn(
        { err: error, taskUid, attempt, stage: stage.kind },
        'a stage could not be noted: should this consumer die now, the task is run again',
      );
    }
  }

  async #remove(): Promise<void> {
    const { taskUid, attempt } = this.#about.claimed;
    try {
      await this.#deps.disk.remove(this.#path);
    } catch (error) {
      this.#deps.log.warn({ err: error, taskUid, attempt }, 'what was noted of an attempt could not be removed before it was stopped');
    }
  }

  get #path(): string {
    return join(this.#deps.workFolder, ATTEMPTS, folderName(this.#about.claimed), JOURNAL);
  }
}
