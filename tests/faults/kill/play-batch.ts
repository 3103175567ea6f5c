import { setTimeout as pause } from 'node:timers/promises';
import type { Sent } from '../stage/client.ts';
import type { Arena } from './arena.ts';
import { Load } from './load.ts';
import { nobodyAtLastTry } from './nobody-at-last-try.ts';

/** Between two kills, in milliseconds: drawn evenly, so that they meet the others at any point of their work, about 20 tasks to a kill. */
const PAUSE_MS_MAX = 3_000;
/** Results that are looked at side by side. */
const CHECKERS = 8;
/** After the last kill, every task must end within this, in milliseconds. */
const END_MS = 300_000;
/** So many faults are kept in words. */
const FAULTS_MAX = 20;

/** What became of a batch of kills. */
export type Batch = {
  readonly kills: Record<string, number>;
  readonly accepted: number;
  readonly right: number;
  /** Tasks whose number of results is not one. */
  readonly doubled: number;
  readonly faults: string[];
  /** Of the part in which was killed. */
  readonly killMs: number;
};

/** Kills the victims in turn, so many times in all, under load; then looks at the result of every accepted task. */
export async function playBatch(arena: Arena, kills: number, first: number): Promise<Batch> {
  const { client, victims, db } = arena;
  const killed: Record<string, number> = {};
  const startMs = performance.now();
  const load = new Load(client, db);
  for (let number = 0; number < kills; number++) {
    const victim = victims[(first + number) % victims.length];
    if (victim === undefined) throw new Error('there is nobody to be killed');
    await pause(Math.random() * PAUSE_MS_MAX);
    await nobodyAtLastTry(db);
    await victim.kill();
    killed[victim.name] = (killed[victim.name] ?? 0) + 1;
  }
  const killMs = performance.now() - startMs;
  await arena.recovered();
  await load.stop();
  const sent = [...client.accepted.values()];
  const { right, faults } = await check(arena, sent);
  const doubled = await db.$queryRaw<{ id: number }[]>`
    SELECT t.id FROM task t LEFT JOIN event e ON e.task_id = t.id AND e.kind = 'succeeded'
    GROUP BY t.id HAVING count(e.id) <> 1 OR count(*) FILTER (WHERE t.output_key IS NULL) > 0`;
  return { kills: killed, accepted: sent.length, right, doubled: doubled.length, faults, killMs };
}

async function check({ client }: Arena, sent: readonly Sent[]): Promise<{ right: number; faults: string[] }> {
  const left = sent.values();
  const faults: string[] = [];
  let right = 0;
  const endMs = performance.now() + END_MS;
  const checker = async () => {
    for (const one of left) {
      try {
        await client.result(one, Math.max(1, endMs - performance.now()));
        right += 1;
      } catch (error) {
        if (faults.length < FAULTS_MAX) faults.push(`${one.id}: ${(error as Error).message.slice(0, 300)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: CHECKERS }, checker));
  return { right, faults };
}
