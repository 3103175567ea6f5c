// What a user sees of an image that must be pulled first, with a real engine and a registry of the test's own.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { testRegistry } from '@inference/runtime/testing';
import { has, testFolder, until, zipOf } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testServer } from './test-server.ts';

const run = promisify(execFile);

/** A server is started and two images are looked for, on a machine that may be busy. */
const TIMEOUT_MS = 120_000;

type Seen = { state: string; progress: { text: string } | null; history: { kind: string; text: string }[] };

async function registry() {
  const made = await testRegistry(await testFolder());
  onTestFinished(async () => {
    await made.close();
    // Where the test failed early, neither is there.
    for (const name of [made.image, made.image.replace(/:1$/, `@${made.digest}`)])
      await run('docker', ['image', 'rm', '--force', name]).catch(() => {});
  });
  return made;
}

describe.skipIf(!has('docker'))('a task whose image is pulled', () => {
  it('tells of the pull while it lasts, and which image it was', { timeout: TIMEOUT_MS }, async () => {
    const [silent, source] = [await registry(), await registry()];
    const { url } = await testServer();
    const ask = async <Answer>(method: string, path: string, body?: RequestInit['body'], type = 'application/json') => {
      const headers: Record<string, string> = body === undefined ? {} : { 'content-type': type };
      const reply = await fetch(`${url}/api/v1${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
      return (await reply.json()) as Answer;
    };
    for (const [id, { image }] of Object.entries({ silent, far: source })) {
      await ask('POST', '/models', JSON.stringify({ id, image, gpu: false }));
    }
    const zip = new Uint8Array(await zipOf({ 'run.sh': 'echo done > /output/out.txt' }));
    const send = async (model: string) => (await ask<{ id: string }>('POST', `/models/${model}/tasks`, zip, 'application/zip')).id;
    const seen = (id: string, wait = 0) => ask<Seen>('GET', `/tasks/${id}?wait=${wait}`);

    // Its layers never come.
    silent.fault = { on: 'blob', silent: true };
    const stuck = await send('silent');
    await until('the pull to be told', async () => (await seen(stuck)).progress?.text.startsWith('pulling image') === true);
    expect((await seen(stuck)).history.map(({ kind }) => kind)).toEqual(['submitted', 'claimed']);
    await ask('POST', `/tasks/${stuck}/cancel`);
    await until('its end', async () => (await seen(stuck)).state === 'cancelled');

    const task = await send('far');
    await until('its end', async () => (await seen(task, 30)).state === 'succeeded');
    const { history } = await seen(task);
    expect(history.map(({ kind }) => kind)).toEqual(['submitted', 'claimed', 'image', 'succeeded']);
    expect(history[2]?.text).toContain(source.digest);
  });
});
