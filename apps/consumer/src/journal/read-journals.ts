import { join } from 'node:path';
import { ATTEMPTS, folderName } from '@inference/runtime';
import type { Deps } from '../deps.ts';
import { JOURNAL } from './attempt-journal.ts';
import { type JournalEntry, journalEntrySchema } from './journal-entry.ts';

/** An attempt that outlives so many processes may be what ends them: it is run again instead, and charged. */
const ADOPTIONS_MAX = 10;

type ReadDeps = Pick<Deps, 'disk' | 'log' | 'workFolder' | 'machineBootId'>;

/**
 * What earlier processes have noted of attempts that can be gone on with; the others are left out, for the sweep. Those whose models were
 * started last come first: a slot has one model that runs, and may have a note of one that ended before it.
 */
export async function readJournals(deps: ReadDeps): Promise<JournalEntry[]> {
  const names = await deps.disk.list(join(deps.workFolder, ATTEMPTS));
  const read = await Promise.all(names.map((name) => readJournal(deps, name)));
  return read.filter((entry) => entry !== null).toSorted((a, b) => startedMs(b) - startedMs(a));
}

async function readJournal({ disk, log, workFolder, machineBootId }: ReadDeps, name: string): Promise<JournalEntry | null> {
  const text = await disk.readText(join(workFolder, ATTEMPTS, name, JOURNAL));
  if (text === null) return null;
  const read = journalEntrySchema.safeParse(parse(text));
  if (!read.success || folderName(read.data.claimed) !== name) {
    log.warn({ folder: name }, 'what was noted of an attempt cannot be read: the task is run again');
    return null;
  }
  const { adoptions, claimed } = read.data;
  if (read.data.machineBootId !== machineBootId) return null;
  if (adoptions < ADOPTIONS_MAX) return read.data;
  const { taskUid, attempt } = claimed;
  log.warn({ taskUid, attempt, adoptions }, 'an attempt has outlived too many processes of this consumer: the task is run again');
  return null;
}

function startedMs({ stage }: JournalEntry): number {
  return stage.kind === 'started' ? stage.startedUptimeMs : 0;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
