import { setTimeout as wait } from 'node:timers/promises';
import { zipOf } from '@inference/testing';
import { postZip } from '../../e2e/client.ts';
import type { Service } from './service.ts';
import { MODEL } from './services.ts';
import { numberedInput } from './tasks.ts';

/** What became of one POST. */
export type Post = {
  readonly relay: Service;
  readonly number: number;
  /** When it was begun, and how long it took, in milliseconds. */
  readonly atMs: number;
  readonly tookMs: number;
  /** Null: the connection broke. */
  readonly status: number | null;
  readonly retryAfter: string | null;
  /** The task, where it was accepted. */
  readonly uid: string | null;
};

export type Posting = {
  /** What was answered so far. */
  readonly posts: readonly Post[];
  /** Ends it, and resolves with everything once the last POST is answered. */
  stop(): Promise<readonly Post[]>;
};

/** Posts a small task every so many milliseconds, by turns through these relays, however long the answers take. */
export function postConstantly(relays: readonly Service[], everyMs: number, seconds = 0): Posting {
  const posts: Post[] = [];
  const underWay = new Set<Promise<void>>();
  let stopped = false;
  const postAll = async () => {
    for (let number = 0; !stopped; number++) {
      const relay = relays[number % relays.length] as Service;
      const posting = postOnce(relay, number, seconds).then((post) => {
        posts.push(post);
        underWay.delete(posting);
      });
      underWay.add(posting);
      await wait(everyMs);
    }
    await Promise.all(underWay);
  };
  const done = postAll();
  return {
    posts,
    stop: async () => {
      stopped = true;
      await done;
      return posts;
    },
  };
}

async function postOnce(relay: Service, number: number, seconds: number): Promise<Post> {
  const zip = await zipOf(numberedInput(number, seconds));
  const atMs = performance.now();
  const answer = await postZip(`${relay.url}/api/tasks/?model_human_readable_id=${MODEL}`, zip).catch(() => null);
  const text = (await answer?.text().catch(() => null)) ?? null;
  const tookMs = performance.now() - atMs;
  const accepted = answer?.status === 200 && text !== null;
  return {
    relay,
    number,
    atMs,
    tookMs,
    status: text === null ? null : (answer?.status ?? null),
    retryAfter: answer?.headers.get('retry-after') ?? null,
    uid: accepted ? (JSON.parse(text) as string) : null,
  };
}

/** How long the slowest of these took, in milliseconds. */
export function slowest(posts: readonly Post[]): number {
  return Math.round(Math.max(...posts.map(({ tookMs }) => tookMs)));
}

/** How long half of these took at most, in milliseconds. */
export function medianOf(posts: readonly Post[]): number {
  const sorted = posts.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return Math.round(sorted[sorted.length >> 1] ?? Number.NaN);
}
