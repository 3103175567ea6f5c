import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '@inference/database';
import { testFolder, until } from '@inference/testing';
import { extractZip } from '@inference/zips';
import { ended, postTask } from '../../e2e/client.ts';
import type { Service } from './service.ts';
import { MODEL } from './services.ts';

/** How long all tasks of a test may take to end once nothing stands in their way, in milliseconds. */
const ALL_ENDED_MS = 90_000;

/** The input of a task that waits for some seconds, then gives the number back. */
export function numberedInput(number: number, seconds = 0): Record<string, string> {
  return { 'number.txt': String(number), ...(seconds === 0 ? {} : { seconds: String(seconds) }) };
}

/** Posts such a task through a relay; answers its uid. */
export async function postNumbered(relay: Service, number: number, seconds = 0): Promise<string> {
  return await postTask(relay.url, MODEL, numberedInput(number, seconds));
}

/** Waits for a task's output, as a client of this relay, and answers the number in it. */
export async function numberFrom(relay: Service, uid: string): Promise<number> {
  const answer = await ended(relay.url, uid);
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  const folder = await testFolder();
  await writeFile(join(folder, 'output.zip'), Buffer.from(await answer.arrayBuffer()));
  await extractZip(join(folder, 'output.zip'), join(folder, 'output'));
  return Number(await readFile(join(folder, 'output', 'number.txt'), 'utf8'));
}

export type History = Awaited<ReturnType<typeof history>>;

/** Every task with its attempts, as the database has them. */
export async function history(db: Database) {
  return await db.task.findMany({ include: { attempts: { orderBy: { number: 'asc' } } }, orderBy: { id: 'asc' } });
}

/** Waits until no task waits or runs, and answers their histories. */
export async function allEnded(db: Database, limitMs = ALL_ENDED_MS): Promise<History> {
  const open = () => db.task.count({ where: { state: { in: ['queued', 'running', 'cancelling'] } } });
  let left = 0;
  await until(
    'all tasks to end',
    async () => {
      left = await open();
      return left === 0;
    },
    limitMs,
  ).catch((error: Error) => {
    throw new Error(`${error.message} (${left} are left)`);
  });
  return await history(db);
}

/** Waits until so many attempts run. */
export async function running(db: Database, count: number): Promise<void> {
  await until(`${count} attempts to run`, async () => (await db.attempt.count({ where: { endedAt: null } })) >= count);
}

/** How the attempts of each task ended, in words: `succeed`, or `lost succeed`; a task for each. */
export function endings(tasks: History): string[] {
  return tasks.map(({ attempts }) => attempts.map(({ outcome }) => outcome).join(' '));
}
