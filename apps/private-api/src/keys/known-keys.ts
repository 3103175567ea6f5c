import { timingSafeEqual } from 'node:crypto';
import type { Scope } from '@inference/contracts';
import { type KeyLimits, reasonOf } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { LiveKeyRow } from '../store/key-store.ts';
import { digestOf, prefixOf } from './key-text.ts';
import { RecentMap } from './recent-map.ts';

/** Keys that are remembered, ... */
const KEYS_MAX = 10_000;
/** ... and prefixes that no live key has: of them strangers can send any number, which must not push out the keys. */
const STRANGERS_MAX = 10_000;
/** What is remembered is asked anew after so long, in milliseconds: until then a key that was revoked elsewhere still opens. */
export const KEY_REMEMBERED_MS = 10_000;
/** The use of a key is written down at most so often, in seconds. */
const TOUCH_SECONDS = 60;

/** A key that is good. */
export type KnownKey = {
  readonly prefix: string;
  readonly owner: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly limits: KeyLimits;
  readonly expiresAt: Date | null;
};

/** The keys that were made here. */
export type KnownKeys = {
  /** The key of this text, or null for what is no key, wrong, revoked or expired. */
  find(sent: string): Promise<KnownKey | null>;
  /** Asks anew next time: the key was changed. */
  forget(prefix: string): void;
};

type Entry = { readonly row: Promise<LiveKeyRow | null>; readonly atMs: number; touchedAtMs: number };
type KeyDeps = Pick<Deps, 'store' | 'clock' | 'log'>;

/** What is compared where there is no digest: a prefix that nobody has costs as much as one that somebody has. */
const NOBODYS = digestOf('');

/** Makes what finds keys, remembering them for a while: a request under a key asks the database for it once in 10 seconds. */
export function createKnownKeys({ store, clock, log }: KeyDeps): KnownKeys {
  const keys = new RecentMap<string, Entry>(KEYS_MAX);
  const strangers = new RecentMap<string, Entry>(STRANGERS_MAX);

  const remembered = (prefix: string): Entry => {
    const before = keys.get(prefix) ?? strangers.get(prefix);
    if (before !== undefined && clock.monotonicMs() - before.atMs < KEY_REMEMBERED_MS) return before;
    const entry: Entry = { row: store.findLiveKey(prefix), atMs: clock.monotonicMs(), touchedAtMs: Number.NEGATIVE_INFINITY };
    // Until it is known what it is, it counts as a stranger's.
    keys.delete(prefix);
    strangers.set(prefix, entry);
    entry.row.then(
      (row) => {
        if (row === null || strangers.get(prefix) !== entry) return;
        strangers.delete(prefix);
        keys.set(prefix, entry);
        entry.touchedAtMs = row.usedAgoMs === null ? Number.NEGATIVE_INFINITY : entry.atMs - row.usedAgoMs;
      },
      // Whoever waits for it hears of the failure; the next one asks anew.
      () => {
        if (strangers.get(prefix) === entry) strangers.delete(prefix);
      },
    );
    return entry;
  };

  const touch = (entry: Entry, prefix: string): void => {
    const nowMs = clock.monotonicMs();
    if (nowMs - entry.touchedAtMs < TOUCH_SECONDS * 1000) return;
    entry.touchedAtMs = nowMs;
    store.touchKey(prefix, TOUCH_SECONDS).catch((error: unknown) => {
      log.warn({ reason: reasonOf(error), key: prefix }, 'the use of a key could not be noted');
    });
  };

  return {
    async find(sent) {
      const prefix = prefixOf(sent);
      if (prefix === null) return null;
      const entry = remembered(prefix);
      const row = await entry.row;
      const agoMs = clock.monotonicMs() - entry.atMs;
      if (!isSecretOf(row, sent, agoMs) || row === null || (row.expiresInMs ?? Number.POSITIVE_INFINITY) <= agoMs) return null;
      touch(entry, prefix);
      return knownOf(row);
    },
    forget(prefix) {
      keys.delete(prefix);
      strangers.delete(prefix);
    },
  };
}

/** Compares digests, always with both that a key may have, so that the time taken tells nothing. */
function isSecretOf(row: LiveKeyRow | null, sent: string, agoMs: number): boolean {
  const digest = digestOf(sent);
  const isCurrent = timingSafeEqual(digest, bytesOf(row?.sha256));
  const isOld = timingSafeEqual(digest, bytesOf(row?.oldSha256));
  return isCurrent || (isOld && (row?.oldInMs ?? 0) > agoMs);
}

function bytesOf(sha256: string | null | undefined): Buffer {
  return typeof sha256 === 'string' ? Buffer.from(sha256, 'hex') : NOBODYS;
}

function knownOf({ prefix, owner, name, scopes, expiresAt, ...row }: LiveKeyRow): KnownKey {
  const { requestsPerMinuteMax, queuedTasksMax, runningTasksMax } = row;
  const uploadBytesMax = row.uploadBytesMax === null ? null : Number(row.uploadBytesMax);
  const limits = { requestsPerMinuteMax, uploadBytesMax, queuedTasksMax, runningTasksMax };
  return { prefix, owner, name, scopes: scopes as Scope[], limits, expiresAt };
}
