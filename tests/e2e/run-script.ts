import { until, zipOf } from '@inference/testing';
import { expect } from 'vitest';

const MIB = 1024 * 1024;
/** No task of a test takes longer, in milliseconds, on a busy machine either. */
const LONG_MS = 360_000;

/** A task that has ended, as /api/v1 tells it. */
export type Ended = {
  id: string;
  state: string;
  failure: { class: string; reason: string } | null;
  warnings: string[];
  attempts: { number: number }[];
};

let models = 0;

/** Registers the image as a model with these limits, runs a script with it, and answers how that ended. */
export async function runScript(url: string, image: string, script: string, limits: Record<string, number> = {}): Promise<Ended> {
  const id = `script-${++models}`;
  const model = { id, image, limits: { memory_bytes: 64 * MIB, time_limit_seconds: 60, ...limits } };
  const headers = { 'content-type': 'application/json' };
  const registered = await fetch(`${url}/api/v1/models`, { method: 'POST', headers, body: JSON.stringify(model) });
  expect(registered.status, await registered.clone().text()).toBe(201);
  const body = new Uint8Array(await zipOf({ 'run.sh': script }));
  const zip = { 'content-type': 'application/zip', prefer: 'wait=1' };
  const sent = (await (await fetch(`${url}/api/v1/models/${id}/tasks`, { method: 'POST', headers: zip, body })).json()) as Ended;
  return await until(
    'the task to end',
    async () => {
      const task = (await (await fetch(`${url}/api/v1/tasks/${sent.id}?wait=20`)).json()) as Ended;
      return ['succeeded', 'failed', 'cancelled'].includes(task.state) && task;
    },
    LONG_MS,
  );
}
