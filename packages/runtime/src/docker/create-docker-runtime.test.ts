import { systemClock } from '@inference/domain';
import { has } from '@inference/testing';
import { describe } from 'vitest';
import { modelRuntimeConformance } from '../model-runtime.conformance.ts';
import { busyboxImage } from '../testing/busybox-image.ts';
import { SOCKET_PATH } from '../testing/docker.ts';
import { testModel } from '../testing/test-order.ts';
import { createDockerRuntime } from './create-docker-runtime.ts';

describe.skipIf(!has('docker', 'busybox'))('with a Docker engine', () => {
  modelRuntimeConformance('the Docker runtime', async () => {
    const image = await busyboxImage('CMD ["sh", "/input/run.sh"]');
    return {
      runtime: createDockerRuntime({
        docker: { socketPath: SOCKET_PATH },
        installationId: `conformance-${process.pid}`,
        clock: systemClock,
        stopGraceMs: 300,
      }),
      model: (limits) => testModel({ kind: 'image', image: image.name }, { limits }),
      close: image.remove,
    };
  });
});
