import { MODEL_LIMITS } from '@inference/domain';
import { expect, it } from 'vitest';
import { testModel, testOrder } from '../testing/test-order.ts';
import { containerSettings } from './container-settings.ts';

const context = { installationId: 'lab', user: { uid: 1234, gid: 5678 }, setOpenFiles: true, cpusPerSlot: 1, cores: 8, volumes: [] };

it('closes a container in every way that a model cannot see for itself', async () => {
  const order = await testOrder({ model: testModel({ kind: 'image', image: 'any:1' }), script: '', modelFiles: {} });
  const settings = containerSettings(order, 'any@sha256:0', context);
  expect(settings).toMatchObject({
    Image: 'any@sha256:0',
    User: '1234:5678',
    Healthcheck: { Test: ['NONE'] },
    StopSignal: 'SIGTERM',
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
      CpuShares: 256,
      NanoCpus: 1e9,
      Ulimits: [
        { Name: 'nofile', Soft: 65_536, Hard: 65_536 },
        { Name: 'core', Soft: 0, Hard: 0 },
        { Name: 'fsize', Soft: order.model.limits.outputBytes, Hard: order.model.limits.outputBytes },
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

it.each([
  ['what its model asks for', 2.5, 1, { NanoCpus: 2.5e9 }],
  ['what each slot has', null, 1.5, { NanoCpus: 1.5e9 }],
  ['the whole machine where nobody says less', null, null, {}],
  ['no more than there are, which the engine would refuse', 64, 1, {}],
])('gives a container processor cores: %s', async (_what, cpus, cpusPerSlot, expected) => {
  const order = await testOrder({ model: testModel({ kind: 'image', image: 'any:1' }, { limits: { ...MODEL_LIMITS, cpus } }), script: '' });
  const { HostConfig: host } = containerSettings(order, 'any:1', { ...context, cpusPerSlot });
  expect({ ...(host?.NanoCpus === undefined ? {} : { NanoCpus: host.NanoCpus }) }).toEqual(expected);
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
  const { HostConfig: host, Env: env } = containerSettings(order, 'any:1', context);
  expect(host?.DeviceRequests).toEqual([{ DeviceIDs: ['GPU-a', 'GPU-b'], Capabilities: [['gpu']] }]);
  const named = ['NVIDIA_VISIBLE_DEVICES=GPU-a,GPU-b', 'NV_GPU=GPU-a,GPU-b', 'CUDA_VISIBLE_DEVICES=0,1'];
  expect(env).toEqual(expect.arrayContaining(named));
});

it('lets a model without a GPU see none, whatever its image asks for', async () => {
  const order = await testOrder({ model: testModel({ kind: 'image', image: 'any:1' }), script: '' });
  const { HostConfig: host, Env: env } = containerSettings(order, 'any:1', context);
  expect(host?.DeviceRequests).toBeUndefined();
  expect(env).toContain('NVIDIA_VISIBLE_DEVICES=void');
  expect(env?.join()).not.toMatch(/NV_GPU|CUDA_VISIBLE/);
});

it('keeps what an image calls volumes in memory, where it is counted, unless the model may write to the image anyway', async () => {
  const volumes = ['/data', '/data/', '/output', '/tmp/', '/srv//x'];
  const inMemory = async (loosened: 'writable-root'[]) => {
    const order = await testOrder({ model: testModel({ kind: 'image', image: 'any:1' }, { loosened }), script: '' });
    const { Mounts = [] } = containerSettings(order, 'any:1', { ...context, volumes }).HostConfig ?? {};
    const half = order.model.limits.memoryBytes / 2;
    return Mounts.filter(({ Type }) => Type === 'tmpfs').map(({ Target, TmpfsOptions }) => [Target, TmpfsOptions?.SizeBytes === half]);
  };
  expect(await inMemory([])).toEqual([
    ['/data', true],
    ['/srv/x', true],
  ]);
  expect(await inMemory(['writable-root'])).toEqual([]);
});
