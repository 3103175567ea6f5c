import { newId, systemClock, ZIP_LIMITS } from '@inference/domain';
import { createLocalNews, DEFAULT_SETTINGS, type Deps, type Store, TaskFeeds } from '@inference/private-api';
import { createLog } from '@inference/service';
import type { StoredFiles } from '../tables.ts';
import { createMemoryFiles } from './memory-files.ts';

/** So long the files of an ended task are kept, in seconds: they may go at once, though the clock of the database stands still. */
const KEEP_FILES_SECONDS = -1;

/** One for all scenarios: each log listens for the end of the process. */
const log = createLog({ level: 'silent' });

/** The private API on a store, with files in memory, a queue that nobody hears, and zips that are all good. */
export function scenarioDeps(store: Store, random: () => number): { deps: Deps; stored: StoredFiles } {
  const files = createMemoryFiles();
  const clock = systemClock;
  const news = createLocalNews(clock);
  // Nobody listens, and nothing is closed.
  const queue = { ring: async () => {}, health: () => ({ ok: true, text: '' }) } as unknown as Deps['queue'];
  const zips = { check: async () => ({ ok: true }) } as unknown as Deps['zips'];
  // As if each actor asked a process of its own: nothing but the database keeps two decisions apart.
  const decisions = { run: (work: () => Promise<unknown>) => work() } as unknown as Deps['decisions'];
  const settings = { ...DEFAULT_SETTINGS, zipLimits: ZIP_LIMITS, keepFilesSeconds: KEEP_FILES_SECONDS, relayToken: '' };
  const parts = { store, files, news, clock, log, settings, random, newId };
  const deps: Deps = { ...parts, queue, zips, decisions, feeds: new TaskFeeds({ store, news, clock, log }) };
  return { deps, stored: files.stored };
}
