// GPUs on the command line: a real private API and its database, and a consumer that only says what its machine has.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@inference/domain';
import { directControlPlane } from '@inference/private-api';
import { servePrivateApi, testDeps, testMachine } from '@inference/private-api/testing';
import { testFolder } from '@inference/testing';
import { describe, expect, it, vi } from 'vitest';
import { runInfer } from './run-infer.ts';

// Each command is a process of its own, which a busy machine is slow to start.
vi.setConfig({ testTimeout: 300_000 });

const KEY = 'a-key-of-the-admin-with-many-characters';

/** A server with a consumer that has two GPUs and the label site=b2, and a model with a GPU. */
async function lab() {
  const deps = await testDeps({ adminKey: KEY });
  const { url } = await servePrivateApi(deps);
  const control = directControlPlane(deps);
  await control.hello({
    ...{ consumerId: 'gpu-1', bootId: 'b1', pools: ['docker-gpu', 'docker-cpu'], gpus: 2, trouble: {} },
    node: { ...testMachine(2, 'gpu-1'), labels: { site: 'b2' } },
  });
  const cwd = await testFolder();
  await writeFile(join(cwd, 'a.txt'), 'one two');
  const infer = (...args: string[]) => runInfer(args, { cwd, environment: { INFERENCE_URL: url, INFERENCE_TOKEN: KEY } });
  const added = await infer('models', 'add', 'train', '--image', 'lab/train:1', '--gpu', '-q');
  expect(added.code, added.err).toBe(0);
  const send = async (...args: string[]) => JSON.parse((await infer('run', 'train', 'a.txt', '--detach', '-o', 'json', ...args)).out);
  const claim = () => control.claim({ claimId: newId(), consumerId: 'gpu-1', bootId: 'b1', pools: ['docker-gpu'] });
  return { infer, send, claim };
}

describe('infer gpus', () => {
  it('lists them in every format, with the tasks that hold them', async () => {
    const { infer, send, claim } = await lab();
    const { id } = await send();
    await claim();
    const { code, out, err } = await infer('gpus');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^CONSUMER +GPU +MEMORY +TASK +HELD +TROUBLE\n/);
    expect(out).toMatch(new RegExp(`^gpu-1 +Test card +85\\.9 GB +${id} +\\d+s$`, 'm'));
    expect(out).toMatch(/^gpu-1 +Test card +85\.9 GB +free$/m);
    expect((await infer('gpus', '-o', 'wide')).out).toMatch(/^gpu-1 .* gpu-1-0 +gpu +\d+s ago$/m);
    expect((await infer('gpus', '-o', 'name')).out).toBe('gpu-1-0\ngpu-1-1\n');
    const gpus = JSON.parse((await infer('gpus', '-o', 'json')).out) as { task: string | null }[];
    expect(gpus.map(({ task }) => task).toSorted()).toEqual([id, null].toSorted());
  });

  it('says so where there is none', async () => {
    const { url } = await servePrivateApi(await testDeps({ adminKey: KEY }));
    const none = await runInfer(['gpus'], { environment: { INFERENCE_URL: url, INFERENCE_TOKEN: KEY } });
    expect(none).toMatchObject({ code: 0, out: '', err: expect.stringContaining('infer doctor') });
  });
});

describe('infer run', () => {
  it('asks for GPUs, for what is kept, for labels and a priority', async () => {
    const { infer, send } = await lab();
    const kept = ['--keep-cpus', '2', '--keep-memory', '1024', '--gpu-memory', '40960'];
    const task = await send('--gpus', 'all', ...kept, '--node-label', 'site=b2', '--priority', 'high');
    expect(task).toMatchObject({
      priority: 'high',
      resources: {
        ...{ gpus: 'all', gpu_memory_bytes: 42_949_672_960, cpus: 2, memory_bytes: 1_073_741_824 },
        node_labels: { site: 'b2' },
      },
    });
    const shown = (await infer('tasks', 'get', task.id)).out;
    expect(shown).toMatch(/^Priority +high$/m);
    expect(shown).toMatch(/^Asks for +all GPUs, 42\.9 GB of each GPU, 2 processor cores, 1\.1 GB of memory, site=b2$/m);
  });

  it('ends with 1 where no machine has it, and with 2 for what cannot be understood', async () => {
    const { infer } = await lab();
    const many = await infer('run', 'train', 'a.txt', '--detach', '--gpus', '3');
    expect(many).toMatchObject({ code: 1, out: '' });
    expect(many.err).toContain('3 GPUs, where the largest has 2 GPUs');
    const wrong = [
      ['--gpus', '0'],
      ['--gpus', 'some'],
      ['--priority', 'urgent'],
      ['--node-label', 'b2'],
    ];
    for (const more of wrong) expect((await infer('run', 'train', 'a.txt', '--detach', ...more)).code, more.join(' ')).toBe(2);
  });
});

describe('infer tasks explain', () => {
  it('says what a task waits for, who holds it, and what would start it sooner', async () => {
    const { infer, send, claim } = await lab();
    const first = await send('--time-limit', '10m');
    await claim();
    const second = await send('--gpus', '2');
    const { code, out, err } = await infer('tasks', 'explain', second.id);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const line of [
      /^Reason +Waiting: other tasks hold what it asks for on gpu-1\.$/m,
      /^Position +1$/m,
      /^Blocker +held$/m,
      /^Machine +gpu-1$/m,
      new RegExp(`^Held by +${first.id}$`, 'm'),
      /^Starts by +\d{4}-/m,
      /^Sooner +With 1 GPU it would start now\.$/m,
    ])
      expect(out).toMatch(line);
    expect(JSON.parse((await infer('tasks', 'explain', second.id, '-o', 'json')).out)).toMatchObject({ task: second.id, blocker: 'held' });
    expect((await infer('tasks', 'explain', 'x'.repeat(43))).code).toBe(5);
  });
});

describe('infer models add', () => {
  it('says what the tasks of a model ask for, and how many of them run and wait', async () => {
    const { infer } = await lab();
    const asked = ['--gpus', '2', '--node-label', 'site=b2', '--running-tasks', '3', '--queued-tasks', '50'];
    const added = await infer('models', 'add', 'big', '--image', 'lab/big:1', ...asked, '-o', 'json');
    expect(JSON.parse(added.out), added.err).toMatchObject({
      ...{ gpu: true, resources: { gpus: 2, node_labels: { site: 'b2' } } },
      quotas: { running_tasks: 3, queued_tasks: 50 },
    });
    const shown = (await infer('models', 'get', 'big')).out;
    expect(shown).toMatch(/^Asks for +2 GPUs, site=b2$/m);
    expect(shown).toMatch(/^Running tasks +at most 3$/m);
    expect(shown).toMatch(/^Queued tasks +at most 50$/m);
  });
});
