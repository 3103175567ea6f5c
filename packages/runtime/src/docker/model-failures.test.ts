import type { ModelSpec } from '@inference/domain';
import { systemClock } from '@inference/domain';
import { has } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunEnd } from '../model-runtime.ts';
import { MODEL_UID } from '../model-user.ts';
import { busyboxImage, type TestImage } from '../testing/busybox-image.ts';
import { SOCKET_PATH } from '../testing/docker.ts';
import { Recorder } from '../testing/recorder.ts';
import { testLimits, testModel, testOrder } from '../testing/test-order.ts';
import { createDockerRuntime } from './create-docker-runtime.ts';

const MIB = 1024 * 1024;
const runtime = createDockerRuntime({
  docker: { socketPath: SOCKET_PATH },
  installationId: `failures-${process.pid}`,
  clock: systemClock,
  stopGraceMs: 300,
});

async function run(
  image: string,
  script: string,
  over: Partial<ModelSpec> = {},
  gpuUuids: string[] = [],
): Promise<{ end: RunEnd; stdout: string }> {
  const order = { ...(await testOrder({ model: testModel({ kind: 'image', image }, over), script })), gpuUuids };
  const said = new Recorder();
  const end = await runtime.run(order, image, said, new AbortController().signal);
  await runtime.release(order);
  return { end, stdout: said.stdout };
}

describe.skipIf(!has('docker', 'busybox'))('a model in a container', () => {
  let image: TestImage;
  beforeAll(async () => {
    image = await busyboxImage('CMD ["sh", "/input/run.sh"]', 'VOLUME /opt', 'VOLUME /new/volume');
  });
  afterAll(() => image?.remove());

  it.each([
    { met: 'no network', script: 'wget -q http://192.0.2.1/', says: 'loosened=network' },
    { met: 'no names', script: 'wget -q http://example.org/', says: 'loosened=network' },
    { met: 'a read-only root', script: 'touch /opt-file', says: 'loosened=writable-root' },
    {
      met: 'a full volume of its image',
      script: 'cd /new/volume && for part in 1 2 3 4; do dd if=/dev/zero of=$part bs=1M count=10 || exit; done',
      says: 'to /output',
      limits: { memoryBytes: 64 * MIB, shmBytes: MIB },
    },
    { met: 'no capabilities', script: 'chown 0:0 /output', says: 'loosened=capabilities' },
    { met: 'a file of root only', script: 'cat /secret', says: 'loosened=image-user' },
    {
      met: 'a full /dev/shm',
      script: 'dd if=/dev/zero of=/dev/shm/x bs=1M count=20',
      says: 'larger shmBytes',
      limits: { shmBytes: 8 * MIB },
    },
    {
      met: 'a full /tmp',
      script: 'dd if=/dev/zero of=/tmp/x bs=1M count=40',
      says: 'to /output',
      limits: { memoryBytes: 64 * MIB, shmBytes: MIB },
    },
    { met: 'the limit of open files', script: 'echo "Too many open files" >&2; exit 1', says: '65536 files' },
  ])('is told which setting it met: $met', async ({ script, says, limits }) => {
    const { end } = await run(image.name, script, { limits: testLimits(limits ?? {}) });
    expect(end).toMatchObject({ kind: 'failed', failure: { class: 'model_error', reason: expect.stringContaining(says) } });
  });

  it('is told nothing about a setting that is loosened already', async () => {
    const { end } = await run(image.name, 'echo "Read-only file system" >&2; exit 1', { loosened: ['writable-root'] });
    expect(end).toMatchObject({ failure: { reason: 'The model ended with exit code 1: "Read-only file system".' } });
  });

  it('fails as out of memory, with the limit, when it used too much', async () => {
    const { end } = await run(image.name, 'dd if=/dev/zero of=/dev/null bs=200M count=1', {
      limits: testLimits({ memoryBytes: 48 * MIB, shmBytes: MIB }),
    });
    expect(end).toMatchObject({
      kind: 'failed',
      failure: { class: 'out_of_memory', exitCode: 137, reason: expect.stringContaining('48 MiB') },
    });
  });

  it('is done with a warning when only a child of it used too much memory', async () => {
    const limits = testLimits({ memoryBytes: 48 * MIB, shmBytes: MIB });
    // The engine hears of it a moment later: one that ends at once may end before that.
    const { end } = await run(image.name, 'dd if=/dev/zero of=/dev/null bs=200M count=1; sleep 2; exit 0', { limits });
    expect(end).toMatchObject({ kind: 'done', warnings: [expect.stringContaining('out of memory')] });
  });

  it('is invalid when its command does not exist', async () => {
    const wrong = await busyboxImage('CMD ["no-such-program"]');
    const { end } = await run(wrong.name, '').finally(wrong.remove);
    expect(end).toMatchObject({ failure: { class: 'invalid_model', reason: expect.stringContaining('no-such-program') } });
  });

  it('is invalid when its command cannot be executed', async () => {
    const wrong = await busyboxImage('CMD ["/secret"]');
    const { end } = await run(wrong.name, '').finally(wrong.remove);
    expect(end).toMatchObject({ failure: { class: 'invalid_model', reason: expect.stringContaining('Permission denied') } });
  });

  it('is invalid when its image has no command', async () => {
    const wrong = await busyboxImage();
    const { end } = await run(wrong.name, '').finally(wrong.remove);
    expect(end).toMatchObject({ failure: { class: 'invalid_model', reason: expect.stringContaining('no command') } });
  });

  it('is invalid when no engine could run it within its limits', async () => {
    const { end } = await run(image.name, 'true', { limits: testLimits({ memoryBytes: MIB }) });
    expect(end).toMatchObject({ failure: { class: 'invalid_model', reason: expect.stringContaining('limit') } });
  });

  it('meets a fault of the machine when its image has gone since it was prepared', async () => {
    const { end } = await run('inference-test-gone:1', 'true');
    expect(end).toMatchObject({ failure: { class: 'infrastructure', reason: expect.stringContaining('inference-test-gone') } });
  });

  it('meets a fault of the machine when its GPU cannot be had', async () => {
    const { end } = await run(image.name, 'true', { useGpu: true }, ['GPU-00000000-0000-0000-0000-000000000000']);
    expect(end).toMatchObject({ failure: { class: 'infrastructure', reason: expect.stringContaining('NVIDIA Container Toolkit') } });
  });

  it.each([
    { loosened: 'writable-root', script: 'grep " / " /proc/mounts | grep -c " rw,"', closed: '0\n', open: '1\n' },
    { loosened: 'new-privileges', script: 'grep NoNewPrivs /proc/self/status', closed: 'NoNewPrivs:\t1\n', open: 'NoNewPrivs:\t0\n' },
    { loosened: 'capabilities', script: 'grep -c "CapBnd:.*0000000000000000" /proc/self/status', closed: '1\n', open: '0\n' },
  ] as const)('gets only what is loosened for it: $loosened', async ({ loosened, script, closed, open }) => {
    expect((await run(image.name, script)).stdout).toEqual(closed);
    expect((await run(image.name, script, { loosened: [loosened] })).stdout).toEqual(open);
  });

  it.runIf(process.getuid?.() === 0)(
    "runs as the image's own user only where that is loosened, and can write its output then",
    async () => {
      const script = 'echo > /output/x && id -u';
      expect((await run(image.name, script)).stdout).toBe(`${MODEL_UID}\n`);
      expect((await run(image.name, script, { loosened: ['image-user'] })).stdout).toBe('0\n');
    },
  );

  it("does not run as the image's own user where nobody could collect its output", async () => {
    const getuid = vi.spyOn(process, 'getuid').mockReturnValue(1000);
    const { end } = await run(image.name, 'true', { loosened: ['image-user'] }).finally(() => getuid.mockRestore());
    expect(end).toMatchObject({ failure: { class: 'invalid_model', reason: expect.stringContaining('runs as root') } });
  });
});
