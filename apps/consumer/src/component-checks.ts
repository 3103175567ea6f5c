import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskQueue } from '@inference/queue';
import type { ModelRuntime } from '@inference/runtime';
import { type Component, serviceCheck } from '@inference/service';
import type { RunningConsumer } from './start-consumer.ts';

export type Parts = {
  readonly privateApiUrl: URL;
  readonly queue: TaskQueue;
  /** By the name that people know them under. */
  readonly runtimes: Readonly<Record<string, ModelRuntime>>;
  readonly workFolder: string;
};

/** What a consumer needs, and how each is looked at. */
export function componentChecks({ privateApiUrl, queue, runtimes, workFolder }: Parts): Component[] {
  return [
    serviceCheck('control-plane', privateApiUrl),
    {
      name: 'queue',
      // Without it, this consumer asks for work by itself.
      needed: false,
      check: async () =>
        queue.health().ok
          ? { ok: true, text: 'It takes rings.' }
          : { ok: false, text: 'It is away: this consumer asks for work every 10 seconds.' },
    },
    ...Object.entries(runtimes).map(([name, runtime]) => runtimeCheck(name, runtime)),
    {
      name: 'work-folder',
      needed: true,
      async check() {
        await writeFile(join(workFolder, 'probe'), 'written and read by the health check\n');
        return { ok: true, text: 'It can be written.' };
      },
    },
  ];
}

function runtimeCheck(name: string, runtime: ModelRuntime): Component {
  return {
    name: `runtime-${name}`,
    needed: true,
    async check() {
      const health = await runtime.check();
      return health.ok ? { ok: true, text: `It answers (${health.version}).` } : { ok: false, text: health.reason };
    },
  };
}

/** Whether the consumer claims tasks for all its pools. One that does not is not broken: it waits. */
export function poolsCheck({ troubleNow }: Pick<RunningConsumer, 'troubleNow'>): Component {
  return {
    name: 'pools',
    needed: false,
    async check() {
      const said = Object.entries(troubleNow()).map(([pool, trouble]) => `${pool}: ${trouble}`);
      return said.length === 0 ? { ok: true, text: 'Tasks are claimed for all of them.' } : { ok: false, text: said.join(' ') };
    },
  };
}
