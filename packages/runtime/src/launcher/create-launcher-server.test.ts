import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { newId, systemClock } from '@inference/domain';
import { testFolder } from '@inference/testing';
import { expect, it, onTestFinished } from 'vitest';
import { createContainerRuntime } from '../docker/create-container-runtime.ts';
import { ANY_IMAGE } from '../docker/image-policy.ts';
import type { ModelRuntime } from '../model-runtime.ts';
import { ownUser } from '../model-user.ts';
import { sentOrder } from '../testing/sent-order.ts';
import { CONSUMER } from '../testing/test-launcher.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { createLauncherServer } from './create-launcher-server.ts';
import { LauncherClient } from './launcher-client.ts';
import type { LauncherLine } from './launcher-protocol.ts';

const STOP_GRACE_MS = 300;

/** A launcher with the runtime that a test says, and what a consumer hears that asks it about one order. */
async function setup(runtimeFor: (consumer: string) => Promise<ModelRuntime | null>) {
  const folder = await testFolder();
  const [socketPath, workFolder] = [join(folder, 'launcher.sock'), join(folder, 'work')];
  const faults: string[] = [];
  const rules = { workFolder, gpuUuids: [], loosenAllowed: [], memoryBytesMax: null, pidsMax: null };
  const onFault = ({ message }: Error) => void faults.push(message);
  const server = createLauncherServer({ rules, containersMax: 1, runtimeFor, onRefused: () => {}, onFault });
  server.listen(socketPath);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await mkdir(join(workFolder, CONSUMER), { recursive: true });
  const image = 'any:1';
  const order = await testOrder({ model: testModel({ kind: 'image', image }), script: '', workFolder: join(workFolder, CONSUMER) });
  const sent = sentOrder(order);
  const client = new LauncherClient({ socketPath, consumer: CONSUMER, boot: newId(), clock: systemClock });
  const lines: LauncherLine[] = [];
  /** Asks for an answer of lines; answers how that ended otherwise than well. */
  const fault = async (route: 'prepare' | 'run' | 'follow') => {
    const message = route === 'run' ? { sent, image } : { sent };
    return await client
      .listen(route, message, (line) => void lines.push(line))
      .then(
        () => null,
        ({ kind, message: said }: { kind: string; message: string }) => ({ kind, said }),
      );
  };
  return { fault, faults, lines };
}

it.each(['prepare', 'run', 'follow'] as const)('says why it does not %s for a consumer without a folder', async (route) => {
  const { fault, faults } = await setup(async () => null);
  expect(await fault(route)).toEqual({ kind: 'refused', said: expect.stringContaining('the same WORK_DIR') });
  expect(faults).toEqual([]);
});

it.each(['prepare', 'run', 'follow'] as const)(
  'lets a %s be asked for again that met a fault before it began, and logs that',
  async (route) => {
    const { fault, faults } = await setup(() => Promise.reject(new Error('the disk is ill')));
    expect(await fault(route)).toEqual({ kind: 'broken', said: expect.stringContaining('its log has the details') });
    expect(faults).toEqual(['the disk is ill']);
  },
);

it('logs why it broke off what had begun: who asked for it only sees that it ended', async () => {
  const docker = { socketPath: join(await testFolder(), 'no-engine.sock') };
  const containers = { docker, clock: systemClock, stopGraceMs: STOP_GRACE_MS, modelUser: ownUser(), images: ANY_IMAGE };
  const { fault, faults, lines } = await setup(async () => createContainerRuntime({ ...containers, installationId: newId() }));
  expect(await fault('follow')).toEqual({ kind: 'broken', said: expect.stringContaining('before it had answered') });
  expect(lines).toEqual([{ kind: 'begun' }]);
  expect(faults).toEqual([expect.stringContaining('Docker')]);
});
