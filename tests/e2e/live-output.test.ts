// What models print, and cancelling, from the model to its user: every part real, through the relay.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { follow } from '@inference/private-api/testing';
import { has, until } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postTask } from './client.ts';
import { importScriptImage } from './script-image.ts';
import { sharedServer } from './test-server.ts';

const run = promisify(execFile);
const IMAGE = `inference-live-${process.pid}:1`;
/** From TERM to KILL in the single process, and what a cancel may take beyond it, in milliseconds. */
const GRACE_MS = 10_000;
const MORE_MS = 2_000;
const LOOK_MS = 100;
/** Prints, and does not end when it is told to. */
const STUBBORN = `trap 'echo "not I"' TERM
echo "I am $$"
while true; do sleep 0.1 || true; done`;

const shared = sharedServer({ MODELS_DIR: join(import.meta.dirname, 'models'), PROCESS_SLOTS: '1', DOCKER_SLOTS: '1' });

async function stateOf(uid: string): Promise<string> {
  const task = (await (await fetch(`${shared().url}/api/v1/tasks/${uid}`)).json()) as { state: string };
  return task.state;
}

async function logOf(uid: string, query = ''): Promise<string> {
  return (await fetch(`${shared().url}/api/v1/tasks/${uid}/logs${query}`)).text();
}

async function cancel(uid: string): Promise<string> {
  const answer = await fetch(`${shared().url}/api/v1/tasks/${uid}/cancel`, { method: 'POST' });
  return ((await answer.json()) as { result: string }).result;
}

/** The first processes of the model of a task, by their pids: other tests run theirs meanwhile, with other folders. */
function living(uid: string): number[] {
  const isModel = (pid: string) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return /^\S*sh (?:script\.sh|\/input\/run\.sh)$/.test(line) && readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(uid);
    } catch {
      // It has ended meanwhile.
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isModel(name))
    .map(Number);
}

describe.skipIf(!has('bubblewrap'))('what a model prints', () => {
  it('reaches who follows the task while it runs, and is kept', async () => {
    const { url } = shared();
    const uid = await postTask(url, 'script', {
      'run.sh': `echo one; echo oops >&2; echo '::progress 0.42 segmenting'; printf '10%%\\r20%%\\r' >&2
sleep 6
printf '100%%\\n' >&2; echo two; echo x > "$OUTPUT_DIR/out.txt"`,
    });
    const client = await follow(url, uid);
    await until('the first lines', () => client.log().includes('one\n') && client.log().includes('oops\n'));
    expect(await stateOf(uid)).toBe('running');
    await until('the end', () => client.isOver());
    expect(client.heard.at(-1)).toMatchObject({ event: 'done', data: { state: 'succeeded' } });
    expect(client.named('progress')).toContainEqual({ fraction: expect.closeTo(0.42, 5), text: 'segmenting' });
    const shown = client.named('log').filter(({ stream }) => stream === 'stderr');
    expect(shown.filter(({ open }) => open).map(({ text }) => text)).toContain('20%');
    expect(await logOf(uid, '?stream=stdout')).toBe('one\ntwo\n');
    expect(await logOf(uid, '?stream=stderr')).toBe('oops\n100%\n');
  });

  it('is kept up to a limit, however much it is, and slows nobody', async () => {
    const { url } = shared();
    const uid = await postTask(url, 'script', {
      'run.sh': `yes "a line of fifty characters, again and again, yes" | head -n 200000; echo x > "$OUTPUT_DIR/out.txt"`,
    });
    await until('the end', async () => (await stateOf(uid)) === 'succeeded');
    const log = await logOf(uid);
    expect(log.length).toBeLessThanOrEqual(1024 * 1024);
    expect(log).toMatch(/are missing here|is cut here/);
  });
});

describe.skipIf(!has('bubblewrap'))('a task that is cancelled', () => {
  const both = [
    ['a process that ignores TERM', 'script', true],
    ['a container that ignores TERM', 'live-image', has('docker', 'busybox')],
  ] as const;
  beforeAll(async () => {
    if (!has('docker', 'busybox')) return;
    await importScriptImage(IMAGE);
    const query = `container_tag=${IMAGE}&human_readable_id=live-image&use_gpu=false`;
    await fetch(`${shared().url}/api/models/?${query}`, { method: 'POST' });
  });
  afterAll(async () => {
    if (has('docker', 'busybox')) await run('docker', ['image', 'rm', '-f', IMAGE]);
  });

  for (const [what, model, canRun] of both) {
    it.skipIf(!canRun)(
      `is over within the grace and 2 seconds for ${what}; its slot is free only then, and its log is kept`,
      async () => {
        const { url } = shared();
        const script = model === 'script' ? STUBBORN : STUBBORN.replaceAll('sleep', 'busybox sleep');
        const uid = await postTask(url, model, { 'run.sh': script });
        const client = await follow(url, uid);
        await until('its first line', () => client.log().startsWith('I am'));
        const stubborn = living(uid);
        expect(stubborn).not.toEqual([]);
        let looks = 0;
        const next = await postTask(url, model, { 'run.sh': 'echo next' });
        const since = performance.now();
        expect(await cancel(uid)).toBe('cancelling');
        while (!client.isOver() && performance.now() - since < 3 * GRACE_MS) {
          const nextState = await stateOf(next);
          // As long as it lives, nobody else has its slot.
          if (living(uid).some((pid) => stubborn.includes(pid))) {
            expect(nextState).toBe('queued');
            looks += 1;
          }
          await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        }
        expect(looks).toBeGreaterThan(1);
        expect(living(uid).filter((pid) => stubborn.includes(pid))).toEqual([]);
        expect(performance.now() - since).toBeLessThan(GRACE_MS + MORE_MS);
        expect(client.heard.at(-1)).toMatchObject({ event: 'done', data: { state: 'cancelled' } });
        expect(client.named('state').map(({ state }) => state)).toContain('cancelling');
        expect(await logOf(uid, '?stream=stdout')).toMatch(/^I am \d+\nnot I\n/);
        await until('the next one to have run', async () => (await logOf(next)) === 'next\n');
      },
      60_000,
    );
  }

  it('is over at once where it was queued, and has an empty log', async () => {
    const { url } = shared();
    const running = await postTask(url, 'script', { 'run.sh': 'sleep 60' });
    const uid = await postTask(url, 'script', { 'run.sh': 'echo never' });
    await until('the first to run', async () => (await stateOf(running)) === 'running');
    const client = await follow(url, uid);
    expect(await cancel(uid)).toBe('cancelled');
    await until('the end', () => client.isOver());
    expect(client.heard.at(-1)).toMatchObject({ event: 'done', data: { state: 'cancelled' } });
    expect(await logOf(uid)).toBe('');
    expect(await cancel(running)).toBe('cancelling');
    await until('the end of the first', async () => (await stateOf(running)) === 'cancelled');
  });
});
