import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Explanation, type GpuView, type ModelView, type Task, taskSchema } from '@inference/contracts';
import { newId } from '@inference/domain';
import { zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { directControlPlane } from '../direct-control-plane.ts';
import { testDeps } from '../testing/test-deps.ts';
import { testMachine } from '../testing/test-machine.ts';
import { ADMIN_KEY, v1Client } from '../testing/v1-client.ts';

const ZIP = await zipOf({ 'in.txt': 'hello' });
const GIB = 1024 ** 3;

type WrongFields = { readonly errors: readonly { readonly pointer: string }[] };

async function lab({ gpus = 2, labels = {} } = {}) {
  const deps = await testDeps({ adminKey: ADMIN_KEY });
  const { ask, post, postZip } = await v1Client(deps);
  const json = { 'content-type': 'application/json' };
  const add = (id: string, more: object = {}) => post('/models', JSON.stringify({ id, image: 'lab/train:1', gpu: true, ...more }), json);
  const change = (id: string, to: object) => ask(`/models/${id}`, { method: 'PATCH', body: JSON.stringify(to), headers: json });
  const control = directControlPlane(deps);
  const hello = (consumerId = 'c1') =>
    control.hello({
      ...{ consumerId, bootId: 'b1', pools: ['docker-gpu', 'docker-cpu'], gpus, trouble: {} },
      node: { ...testMachine(gpus, consumerId), labels },
    });
  await hello();
  const submit = async (options: object = {}, model = 'train') => {
    const form = new FormData();
    form.append('options', JSON.stringify(options));
    form.append('input', new Blob([new Uint8Array(ZIP)]), 'in.zip');
    return await post(`/models/${model}/tasks`, form);
  };
  const claim = () => control.claim({ claimId: newId(), consumerId: 'c1', bootId: 'b1', pools: ['docker-gpu'] });
  const explain = async (id: string) => (await ask(`/tasks/${id}/explain`)).json<Explanation>();
  return { deps, ask, postZip, add, change, control, submit, claim, explain };
}

describe('what a task asks for', () => {
  it('is what its model asks for, but for what it says itself', async () => {
    const { add, submit, ask, postZip } = await lab({ gpus: 8, labels: { site: 'b2', card: 'h100' } });
    const model = await add('train', { resources: { gpus: 2, gpu_memory_bytes: 40 * GIB, node_labels: { site: 'b2' } } });
    expect(model.status).toBe(201);
    const { resources } = model.json<ModelView>();
    expect((await ask('/models/train')).json<ModelView>().resources).toEqual(resources);
    expect((await submit()).json().resources).toEqual(resources);
    const own = await submit({ resources: { gpus: 4, cpus: 1.5, node_labels: { card: 'h100' } } });
    const expected = { gpus: 4, gpu_memory_bytes: 40 * GIB, cpus: 1.5, node_labels: { site: 'b2', card: 'h100' } };
    expect(taskSchema.parse(own.json()).resources).toEqual(expected);
    const all = await postZip(ZIP, {}, '/models/train/tasks?gpus=all&priority=high');
    expect(all.json()).toMatchObject({ priority: 'high', resources: { gpus: 'all' } });
  });

  it('is asked for again by a retry, which leaves nothing behind where no machine has it any more', async () => {
    const { add, submit, deps, ask } = await lab();
    await add('train');
    const { id } = (await submit({ resources: { gpus: 2 } })).json<{ id: string }>();
    await ask(`/tasks/${id}/cancel`, { method: 'POST' });
    await deps.db.task.updateMany({ data: { asks: { gpus: 128 } } });
    const refused = await ask(`/tasks/${id}/retry`, { method: 'POST' });
    expect([refused.status, refused.json<{ code: string }>().code]).toEqual([422, 'impossible_resources']);
    expect(await readdir(join(deps.folder, 'inputs'))).toHaveLength(1);
  });

  it('is refused where no machine has it, with the largest that there is, and nothing is kept', async () => {
    const { add, submit, deps } = await lab();
    await add('train');
    const many = await submit({ resources: { gpus: 128 } });
    expect([many.status, many.json<{ code: string }>().code]).toEqual([422, 'impossible_resources']);
    expect(many.json<{ detail: string }>().detail).toContain('128 GPUs, where the largest has 2 GPUs');
    const large = await submit({ resources: { gpu_memory_bytes: 141 * GIB } });
    expect(large.json<{ detail: string }>().detail).toContain('141 GiB of memory in each GPU, where the largest has 80 GiB');
    const elsewhere = await submit({ resources: { node_labels: { site: 'moon' } } });
    expect(elsewhere.json<{ detail: string }>().detail).toContain('No machine has the label site=moon');
    expect(await deps.db.task.count()).toBe(0);
  });

  it('is no GPU where its model is registered without', async () => {
    const { add, change, submit, ask } = await lab();
    expect((await add('plain', { gpu: false, resources: { gpus: 2 } })).status).toBe(422);
    await add('plain', { gpu: false });
    const one = await submit({ resources: { gpus: 1 } }, 'plain');
    expect([one.status, one.json<WrongFields>().errors[0]?.pointer]).toEqual([422, '/body/resources/gpus']);
    const memory = await submit({ resources: { gpu_memory_bytes: GIB } }, 'plain');
    expect([memory.status, memory.json<WrongFields>().errors[0]?.pointer]).toEqual([422, '/body/resources/gpu_memory_bytes']);
    expect((await change('plain', { resources: { gpus: 2 } })).status).toBe(422);
    expect((await ask('/models/plain')).json<ModelView>().resources).toEqual({});
    expect((await submit({ resources: { memory_bytes: GIB } }, 'plain')).status).toBe(202);
  });

  it('stays what it was when it is tried once more', async () => {
    const { add, submit, ask } = await lab();
    await add('train');
    const { id } = (await submit({ priority: 'low', resources: { gpus: 2 } })).json();
    await ask(`/tasks/${id}/cancel`, { method: 'POST' });
    const again = await ask(`/tasks/${id}/retry`, { method: 'POST' });
    expect(again.json()).toMatchObject({ priority: 'low', resources: { gpus: 2 } });
  });

  it('changes with its model for the tasks to come', async () => {
    const { add, change, submit } = await lab();
    await add('train', { resources: { gpus: 2 } });
    const before = (await submit()).json();
    expect((await change('train', { resources: { gpu_memory_bytes: GIB } })).json<ModelView>().resources).toEqual({
      gpu_memory_bytes: GIB,
    });
    expect([before.resources, (await submit()).json().resources]).toEqual([{ gpus: 2 }, { gpu_memory_bytes: GIB }]);
  });
});

describe('quotas of a model', () => {
  it('let so many wait, and say so to the next', async () => {
    const { add, change, submit } = await lab();
    await add('train', { quotas: { queued_tasks: 1 } });
    expect((await submit()).status).toBe(202);
    const second = await submit();
    expect([second.status, second.json<{ code: string }>().code]).toEqual([429, 'too_many_queued_tasks']);
    expect(second.json<{ detail: string }>().detail).toContain('1 task of the model waits');
    await change('train', { quotas: { queued_tasks: null } });
    expect((await submit()).status).toBe(202);
  });

  it('let so many run', async () => {
    const { add, submit, claim } = await lab();
    await add('train', { quotas: { running_tasks: 1 } });
    await submit();
    await submit();
    expect([await claim(), await claim()]).toEqual([expect.anything(), null]);
  });
});

describe('an urgent task', () => {
  it('goes before older ones of the same owner', async () => {
    const { add, submit, claim } = await lab({ gpus: 1 });
    await add('train');
    const tasks: Task[] = [];
    for (const priority of ['low', 'normal', 'high']) tasks.push((await submit({ priority })).json());
    expect((await claim())?.taskUid).toBe(tasks[2]?.id);
  });
});

describe('an explanation', () => {
  it('says who holds what a task waits for, when it starts at the latest, and what would start it sooner', async () => {
    const { add, submit, claim, explain } = await lab();
    await add('train', { limits: { time_limit_seconds: 3600 } });
    await submit();
    const holder = await claim();
    const { id } = (await submit({ resources: { gpus: 2 } })).json();
    const told = await explain(id);
    expect(told).toMatchObject({ state: 'queued', position: 1, blocker: 'held', machine: 'c1', held_by: [holder?.taskUid] });
    expect(told.reason).toContain('other tasks hold what it asks for on c1');
    expect(told.sooner).toEqual(['With 1 GPU it would start now.']);
    const inSeconds = (time: string | null) => (Date.parse(time ?? '') - Date.now()) / 1000;
    expect(inSeconds(told.starts_by)).toBeGreaterThan(3600);
    expect(inSeconds(told.starts_by)).toBeLessThan(4000);
    expect(inSeconds(told.expected_start)).toBeLessThan(600);
  });

  it('says that it waits for the slot of a consumer, or for a consumer at all', async () => {
    const { add, submit, explain, deps } = await lab();
    await add('plain', { gpu: false });
    const { id } = (await submit({}, 'plain')).json();
    expect(await explain(id)).toMatchObject({ blocker: 'slot', position: 1, machine: 'c1' });
    await deps.db.$executeRaw`DELETE FROM consumer`;
    expect(await explain(id)).toMatchObject({ blocker: 'consumer', position: null });
  });

  it('of a task that has ended is only its reason', async () => {
    const { add, submit, ask, explain } = await lab();
    await add('train');
    const { id } = (await submit()).json();
    await ask(`/tasks/${id}/cancel`, { method: 'POST' });
    expect(await explain(id)).toMatchObject({ state: 'cancelled', blocker: null, position: null, sooner: [] });
  });

  it('of a task that is not there is 404', async () => {
    const { ask } = await lab();
    expect((await ask(`/tasks/${newId()}/explain`)).status).toBe(404);
  });
});

describe('the list of GPUs', () => {
  it('shows each with its consumer, and the task that holds it', async () => {
    const { add, submit, claim, ask, control } = await lab();
    await add('train');
    const { id } = (await submit()).json();
    const attempt = await claim();
    const list = async () => (await ask('/gpus')).json<{ items: GpuView[] }>().items;
    const held = (await list()).find(({ uuid }) => uuid === attempt?.gpuUuids[0]);
    expect(held).toMatchObject({ consumer: 'c1', task: id, memory_bytes: 80 * GIB, kind: 'gpu', trouble: null });
    expect((await list()).filter(({ task }) => task === null)).toHaveLength(1);
    await control.freeDevices(attempt!);
    expect((await list()).every(({ task, held_since }) => task === null && held_since === null)).toBe(true);
  });
});
