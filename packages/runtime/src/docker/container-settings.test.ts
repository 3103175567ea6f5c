import { expect, it } from 'vitest';
import { testModel, testOrder } from '../testing/test-order.ts';
import { containerSettings } from './container-settings.ts';

const context = { installationId: 'lab', user: { uid: 1234, gid: 5678 }, setOpenFiles: true };

it('closes a container in every way that a model cannot see for itself', async () => {
  const order = await testOrder({ model: testModel({ kind: 'image', image: 'any:1' }), script: '', modelFiles: {} });
  const settings = containerSettings(order, 'any@sha256:0', context);
  expect(settings).toMatchObject({
    Image: 'any@sha256:0',
    User: '1234:5678',
    Healthcheck: { Test: ['NONE'] },
    Labels: { 'inference-server.installation': 'lab', 'inference-server.task': order.taskUid, 'inference-server.attempt': '1' },
    HostConfig: {
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      IpcMode: 'private',
      ShmSize: order.model.limits.shmBytes,
      Memory: order.model.limits.memoryBytes,
      MemorySwap: order.model.limits.memoryBytes,
      PidsLimit: order.model.limits.pidsMax,
      Ulimits: [
        { Name: 'nofile', Soft: 65_536, Hard: 65_536 },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '5m', 'max-file': '2' } },
      Init: true,
      RestartPolicy: { Name: 'no' },
    },
  });
  for (const field of ['Privileged', 'Binds', 'Devices', 'DeviceRequests', 'CapAdd', 'PidMode', 'AutoRemove']) {
    expect(settings.HostConfig).not.toHaveProperty(field);
  }
});

it('mounts the folders of the attempt, and all but the output read-only', async () => {
  const order = await testOrder({ model: testModel({ kind: 'image', image: 'any:1' }), script: '', modelFiles: {} });
  const mounts = containerSettings(order, 'any:1', context).HostConfig?.Mounts ?? [];
  expect(mounts.map(({ Type: type, Source: source, Target: target, ReadOnly: readOnly }) => [type, source, target, readOnly])).toEqual([
    ['bind', order.folders.input, '/input', true],
    ['bind', order.folders.output, '/output', false],
    ['bind', order.folders.model, '/model', true],
  ]);
});

it('opens the network only where that is loosened', async () => {
  const order = await testOrder({ model: testModel({ kind: 'image', image: 'any:1' }, { loosened: ['network'] }), script: '' });
  const { HostConfig: host } = containerSettings(order, 'any:1', context);
  expect(host).toMatchObject({ NetworkMode: 'bridge', CapDrop: ['ALL'], ReadonlyRootfs: true });
});

it('asks for GPUs by their ids, never by a count', async () => {
  const order = { ...(await testOrder({ model: testModel({ kind: 'image', image: 'any:1' }), script: '' })), gpuUuids: ['GPU-a', 'GPU-b'] };
  const { HostConfig: host } = containerSettings(order, 'any:1', context);
  expect(host?.DeviceRequests).toEqual([{ DeviceIDs: ['GPU-a', 'GPU-b'], Capabilities: [['gpu']] }]);
});
