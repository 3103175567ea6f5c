// Models that mean harm, in real containers: each is stopped or fails with a plain reason, and nothing of it is left.

import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, testFolder, until, zipOf } from '@inference/testing';
import { extractZip } from '@inference/zips';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { fakeNvidiaSmi } from '../gpus/lab/fake-nvidia-smi.ts';
import { foreignProgram, importProgramImage } from './program-image.ts';
import { type Ended, runScript } from './run-script.ts';
import { importScriptImage } from './script-image.ts';
import { sharedServer, testServer } from './test-server.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;
/** What takes half a minute in itself may take so long on a busy machine, in milliseconds. */
const LONG_MS = 180_000;
const IMAGE = `inference-hostile-${process.pid}:1`;
/** What is kept of a stream of output, in bytes, and the sentence that says so. */
const LOG_BYTES_MAX = 1.1 * MIB;

describe.skipIf(!has('docker', 'busybox'))('a model that means harm', { timeout: LONG_MS }, () => {
  const shared = sharedServer();
  beforeAll(() => importScriptImage(IMAGE));
  afterAll(async () => {
    await run('docker', ['image', 'rm', '-f', IMAGE]);
  });

  const ended = (script: string, limits: Record<string, number> = {}) => runScript(shared().url, IMAGE, script, limits);

  async function outputOf({ id }: Ended): Promise<string> {
    const folder = await testFolder();
    const reply = await fetch(`${shared().url}/api/v1/tasks/${id}/output`);
    await writeFile(join(folder, 'output.zip'), Buffer.from(await reply.arrayBuffer()));
    await extractZip(join(folder, 'output.zip'), join(folder, 'output'));
    return join(folder, 'output');
  }

  async function nothingIsLeft(image = IMAGE): Promise<void> {
    const containers = async () => (await run('docker', ['ps', '-aq', '--filter', `ancestor=${image}`])).stdout.trim();
    await until('its container to be gone', async () => (await containers()) === '', LONG_MS);
  }

  it.each([
    {
      harm: 'a fork bomb',
      script: 'bomb() { bomb | bomb & }; bomb; busybox sleep 2; busybox sleep 60; exit 1',
      limits: { pids_max: 32, time_limit_seconds: 20 },
      says: /pidsMax|time limit/,
    },
    { harm: 'all memory', script: 'busybox dd if=/dev/zero of=/dev/null bs=200M count=1', limits: {}, says: /memory limit of 64 MiB/ },
    {
      harm: 'one file that fills /output',
      script: 'busybox dd if=/dev/zero of=/output/large bs=1M',
      limits: { output_bytes: 8 * MIB },
      says: /to \/output, which is not allowed|no file may be larger than 64 MiB/,
    },
    {
      harm: 'files that fill /output',
      script: 'i=0; while :; do busybox dd if=/dev/zero of=/output/$i bs=1M count=1 2>/dev/null; i=$((i+1)); busybox sleep 0.01; done',
      limits: { output_bytes: 8 * MIB },
      says: /more than 8388608 bytes or 200000 files and folders to \/output/,
    },
    {
      harm: 'no end, and no ear for TERM',
      script: 'trap "" TERM; while :; do busybox sleep 1; done',
      limits: { time_limit_seconds: 1 },
      says: /time limit of 1 seconds/,
    },
    { harm: 'a write to its input', script: 'echo x > /input/run.sh', limits: {}, says: /Read-only file system/i },
    { harm: 'a way to the network', script: 'busybox nc 169.254.169.254 80 < /dev/null', limits: {}, says: /loosened=network/ },
  ])('ends for a plain reason, and leaves nothing: $harm', async ({ script, limits, says }) => {
    const task = await ended(script, limits);
    expect(task).toMatchObject({ state: 'failed', failure: { reason: expect.stringMatching(says) } });
    await nothingIsLeft();
  });

  it('prints without end, and only so much of it is kept', async () => {
    const task = await ended('busybox yes "a line that nobody needs"', { time_limit_seconds: 3 });
    expect(task).toMatchObject({ state: 'failed', failure: { class: 'timeout' } });
    const log = await fetch(`${shared().url}/api/v1/tasks/${task.id}/logs`);
    expect(log.status).toBe(200);
    expect((await log.arrayBuffer()).byteLength).toBeLessThan(LOG_BYTES_MAX);
    await nothingIsLeft();
  });

  it('finds no socket of the engine, no other task, and no file of this machine', async () => {
    const looks = [
      'for path in /var/run/docker.sock /run/docker.sock /run/containerd; do [ ! -e $path ] || { echo "there is $path" >&2; exit 1; }; done',
      'found=$(busybox find / -xdev -name "run.sh" 2>/dev/null; busybox find /input /output -name "*.zip")',
      '[ "$found" = "/input/run.sh" ] || [ "$found" = "" ] || { echo "found $found" >&2; exit 1; }',
      '! busybox mount -t tmpfs none /mnt 2>/dev/null && ! busybox mknod /output/disk b 254 0 2>/dev/null',
    ];
    expect(await ended(looks.join('\n'))).toMatchObject({ state: 'succeeded' });
  });

  it('meets the seccomp profile of the engine: what the kernel would let it do alone is refused', async () => {
    const script = [
      'mode=$(busybox grep "^Seccomp:" /proc/self/status)',
      '[ "$mode" = "Seccomp:	2" ] || { echo "$mode" >&2; exit 1; }',
      '! busybox unshare -U busybox true 2>/dev/null || { echo "it made a user namespace" >&2; exit 1; }',
    ];
    expect(await ended(script.join('\n'))).toMatchObject({ state: 'succeeded' });
  });

  it.each([
    {
      image: 'for another processor',
      file: foreignProgram(),
      says: /cannot be started: \/bin\/model: .*\. Either it is not in the image, or the image is built for another processor/,
    },
    { image: 'whose command does not exist', file: null, says: /cannot be started: \/bin\/model: No such file or directory/ },
  ])('has an image $image: it fails once, for a plain reason', async ({ file, says }) => {
    const image = `inference-hostile-command-${process.pid}:1`;
    await importProgramImage(image, file);
    try {
      const task = await runScript(shared().url, image, '');
      expect(task).toMatchObject({ state: 'failed', failure: { class: 'invalid_model', reason: expect.stringMatching(says) } });
      expect(task.attempts).toHaveLength(1);
      await nothingIsLeft(image);
    } finally {
      await run('docker', ['image', 'rm', '-f', image]);
    }
  });

  it('that an admin has loosened is told as such, and who loosened it', async () => {
    const { url } = shared();
    const model = { id: 'loosened', image: IMAGE, loosened: ['network', 'capabilities'] };
    const headers = { 'content-type': 'application/json' };
    await fetch(`${url}/api/v1/models`, { method: 'POST', headers, body: JSON.stringify(model) });
    const got = (await (await fetch(`${url}/api/v1/models/loosened`)).json()) as { loosened: string[] };
    expect(got.loosened).toEqual(model.loosened);
    const audit = (await (await fetch(`${url}/api/v1/audit?limit=200`)).json()) as { items: { action: string; subject: string }[] };
    const note = audit.items.find(({ action, subject }) => action === 'model.registered' && subject === 'loosened');
    expect(note).toMatchObject({ actor: expect.stringMatching(/./), detail: { loosened: model.loosened } });
  });

  it('leaves links, FIFOs and setuid files, and none of them reaches the user', async () => {
    const task = await ended(
      'cd /output && busybox ln -s /etc/shadow shadow && busybox ln -s / root && busybox mkfifo fifo && echo x > tool && busybox chmod 4755 tool',
    );
    expect(task.state, JSON.stringify(task.failure)).toBe('succeeded');
    for (const name of ['shadow', 'root', 'fifo']) expect(task.warnings.join('\n')).toContain(`${name}" was left out`);
    const output = await outputOf(task);
    expect(await readdir(output)).toEqual(['tool']);
    expect(await readFile(join(output, 'tool'), 'utf8')).toBe('x\n');
  });
});

describe('a task that asks for 128 GPUs, where the largest machine has two', { timeout: LONG_MS }, () => {
  it('is refused, however it is sent, and leaves nothing', async () => {
    const driver = await fakeNvidiaSmi(join(await testFolder(), 'driver'), ['GPU-a', 'GPU-b']);
    vi.stubEnv('PATH', `${driver}:${process.env['PATH']}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { url, folder } = await testServer();
    const ask = async (path: string, init: RequestInit = {}) => await fetch(`${url}/api/v1/${path}`, init);
    const headers = { 'content-type': 'application/json' };
    const model = { id: 'train', image: IMAGE, gpu: true };
    expect((await ask('models', { method: 'POST', headers, body: JSON.stringify(model) })).status).toBe(201);
    const body = new Uint8Array(await zipOf({ 'run.sh': 'exit 0' }));
    const zip = { headers: { 'content-type': 'application/zip' }, body };
    const parts = new FormData();
    parts.set('options', JSON.stringify({ resources: { gpus: 128 } }));
    parts.set('input', new Blob([body]), 'input.zip');
    const refused = [
      await ask('models/train/tasks?gpus=128', { method: 'POST', ...zip }),
      await ask('tasks/mine?model=train&gpus=128', { method: 'PUT', ...zip }),
      await ask('models/train/tasks', { method: 'POST', body: parts }),
    ];
    const detail = 'No machine has what it asks for: 128 GPUs, where the largest has 2 GPUs. Ask for less, or add a machine that has it.';
    for (const answer of refused) {
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({ code: 'impossible_resources', detail });
    }
    expect(await (await ask('tasks')).json()).toMatchObject({ items: [] });
    expect((await (await ask('gpus')).json()) as object).toMatchObject({ items: [{ task: null }, { task: null }] });
    const files = await readdir(join(folder, 'data', 'files'), { recursive: true, withFileTypes: true });
    expect(files.filter((entry) => entry.isFile())).toEqual([]);
  });
});
