import { join } from 'node:path';
import { writeDurably } from '@inference/disk';
import { ATTEMPTS, folderName } from '@inference/runtime';
import type { Deps } from '../deps.ts';
import type { JournalEntry, Stage } from './journal-entry.ts';

/** The file in the folder of an attempt; models see only the folders beside it. */
export const JOURNAL = 'attempt.json';

type JournalDeps = Pick<Deps, 'disk' | 'log' | 'workFolder' | 'machineBootId'>;

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

  /** Resolves when nothing is being written any more: the folder may go. */
  settled(): Promise<void> {
    return this.#written;
  }

  async #write(stage: Stage): Promise<void> {
    const { disk, workFolder, machineBootId, log } = this.#deps;
    const { claimed } = this.#about;
    const entry: JournalEntry = { machineBootId, ...this.#about, stage };
    try {
      await writeDurably(disk, join(workFolder, ATTEMPTS, folderName(claimed), JOURNAL), JSON.stringify(entry));
    } catch (error) {
      const { taskUid, attempt } = claimed;
      log.warn(
        { err: error, taskUid, attempt, stage: stage.kind },
        'a stage could not be noted: should this consumer die now, the task is run again',
      );
    }
  }
}
