import { spawn } from 'node:child_process';
import { chmod, chown, mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { has, testFolder, until } from '@inference/testing';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { RunEnd, RunOrder } from '../model-runtime.ts';
import { aMarker, livingProcesses } from '../testing/living-processes.ts';
import { scriptModel } from '../testing/script-model.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { hasEnded, processTree } from './process-tree.ts';
import type { Isolation } from './sandbox-plan.ts';

const CONSUMER = join(import.meta.dirname, '..', 'testing', 'run-in-process.ts');
const isRoot = process.getuid?.() === 0;
/** "nobody": a user like any other to a sandbox. */
const USER = 65_534;

type Consumer = { readonly pid: number; readonly said: () => string; readonly ended: Promise<RunEnd | undefined> };

async function consumer(
  order: RunOrder,
  isolation: Isolation,
  { uid = process.getuid?.() ?? 0, stdio = [] as (number | 'ignore')[] } = {},
): Promise<Consumer> {
  const modelsFolder = await testFolder();
  await scriptModel(modelsFolder);
  const child = spawn(process.execPath, [CONSUMER, JSON.stringify({ modelsFolder, isolation, order })], {
    stdio: ['ignore', 'pipe', 'inherit', ...stdio],
    uid,
    gid: uid,
    env: {},
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  const ended = new Promise<RunEnd | undefined>((resolve) => {
    child.once('close', () => {
      const lines = text.split('\n').filter(Boolean);
      resolve(lines.map((line) => JSON.parse(line) as { end?: RunEnd }).find(({ end }) => end !== undefined)?.end);
    });
  });
  return { pid: child.pid ?? 0, said: () => text, ended };
}

const model = testModel({ kind: 'folder', folder: 'script' });

describe.each(['bubblewrap', 'unshare'] as const)('a consumer with %s', (isolation) => {
  beforeEach(({ skip }) => skip(!has(isolation)));

  it('takes every process of its models with it when it is killed', async () => {
    const marker = aMarker();
    const order = await testOrder({ model, script: `trap "" TERM; (setsid sleep ${marker}) & echo up; sleep ${marker}` });
    const { pid, said } = await consumer(order, isolation);
    await until('the model to be up', async () => said().includes('up') && (await livingProcesses(marker)).length >= 2);
    const below = (await processTree(pid)).flat();
    expect(below.length).toBeGreaterThan(2);
    process.kill(pid, 'SIGKILL');
    await until('the model to be gone', async () => (await livingProcesses(marker)).length === 0);
    await until('the launcher to be gone', async () => below.every(hasEnded));
  });

  it('hands down no file that it was itself started with', async () => {
    const secret = join(await testFolder(), 'inference-open-file');
    await using file = await open(secret, 'w+');
    await file.write('secret of the host');
    await file.chmod(0o644);
    // Node closes what lies directly above its own three by itself, but not one so far up.
    const far = Array.from({ length: 40 }, () => 'ignore' as const);
    const order = await testOrder({ model, script: 'ls -l /proc/self/fd; cat /proc/self/fd/43; echo read' });
    const { said, ended } = await consumer(order, isolation, { stdio: [...far, file.fd] });
    expect(await ended).toEqual({ kind: 'done', warnings: [] });
    expect(said()).toContain('read');
    expect(said()).not.toMatch(/secret of the host|inference-open-file/);
  });

  it.runIf(isRoot)('needs no rights of root, and its models have none', async () => {
    const order = await testOrder({
      model,
      script:
        'grep -E "^Cap(Eff|Prm|Bnd)" /proc/self/status | grep -cv 0000000000000000; cat /input/run.sh > /output/copy; mkdir -m 700 /output/d; touch /x /input/x /etc/x; exit 0',
    });
    for (const folder of [join(order.folders.input, '..'), order.folders.input, order.folders.output]) await chown(folder, USER, USER);
    const { said, ended } = await consumer(order, isolation, { uid: USER });
    expect(await ended).toEqual({ kind: 'done', warnings: [] });
    expect(said()).toContain('{"stdout":"0\\n"}');
    expect(said().match(/Read-only file system/g)).toHaveLength(3);
    expect(await readdir(order.folders.output)).toEqual(['copy', 'd']);
    expect(await readFile(join(order.folders.output, 'copy'), 'utf8')).toContain('grep');
  });

  it.runIf(isRoot)('bounds the processes of a model without rights of root too', async () => {
    const marker = aMarker();
    const limited = testModel({ kind: 'folder', folder: 'script' }, { limits: { ...model.limits, pidsMax: 40 } });
    const order = await testOrder({
      model: limited,
      script: `i=0; while [ $i -lt 200 ]; do sleep ${marker} & i=$((i+1)); done; echo survived`,
    });
    for (const folder of [join(order.folders.input, '..'), order.folders.input, order.folders.output]) await chown(folder, USER, USER);
    const { said, ended } = await consumer(order, isolation, { uid: USER });
    expect(await ended).toMatchObject({ kind: 'failed', failure: { reason: expect.stringContaining('40 processes') } });
    expect(said()).not.toContain('survived');
    expect(await livingProcesses(marker)).toEqual([]);
  });
});

it.skipIf(!has('bubblewrap'))('runs a model whose folders lie below one that is closed to everybody else', async () => {
  const order = await testOrder({ model, script: 'cat /input/run.sh > /output/copy' });
  const closed = join(order.folders.input, '..');
  await chmod(order.folders.input, 0o700);
  await mkdir(join(closed, 'deep'), { mode: 0o700 });
  const { ended } = await consumer(order, 'bubblewrap');
  expect(await ended).toEqual({ kind: 'done', warnings: [] });
});
