import { has } from '@inference/testing';
import { describe } from 'vitest';
import { modelRuntimeConformance } from '../model-runtime.conformance.ts';
import { busyboxImage } from '../testing/busybox-image.ts';
import { TestLauncher } from '../testing/test-launcher.ts';
import { testModel } from '../testing/test-order.ts';

describe.skipIf(!has('docker', 'busybox'))('with a Docker engine', () => {
  modelRuntimeConformance('a launcher', async () => {
    const image = await busyboxImage('CMD ["sh", "/input/run.sh"]');
    const launcher = await TestLauncher.open();
    return {
      runtime: launcher.runtime(),
      model: (limits) => testModel({ kind: 'image', image: image.name }, { limits }),
      workFolder: launcher.consumerFolder,
      close: async () => {
        await launcher.close();
        await image.remove();
      },
    };
  });
});
