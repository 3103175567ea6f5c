import { readdirSync, readlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { V1_ROUTES } from '@inference/contracts';
import { hostileWorld, servePrivateApi } from '@inference/private-api/testing';
import { until } from '@inference/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { V1_JUDGE } from './judge-reply.ts';
import { makeZips } from './make-zips.ts';
import { CHANGING, requestPlans } from './request-plan.ts';
import { sendAll } from './send-all.ts';

const { CI, API_FUZZ_SEED, API_FUZZ_REQUESTS, API_FUZZ_VERBOSE } = process.env;
// The long run is for CI; a seed that failed there can be handed in.
const REQUESTS = Number(API_FUZZ_REQUESTS ?? (CI === 'true' ? 20_000 : 4_000));
const SEED = Number(API_FUZZ_SEED ?? 20_261_121);
const PAST_SHARE_MIN = 0.3;
const GROWTH_BYTES_MAX = 64 * 1024 * 1024;
const TEST_MS_MAX = 600_000;

const each = Math.ceil(REQUESTS / V1_ROUTES.length);

function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

/** Files below a folder that this process has open. */
function openFiles(folder: string): string[] {
  const targets = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return targets.filter((target) => target.startsWith(folder));
}

describe('hostile requests to /api/v1', () => {
  it(
    `are refused as the contract says, or served: ${each} to each operation`,
    async () => {
      const world = await hostileWorld();
      const { port, server } = await servePrivateApi(world.deps);
      const named = { ...world, zips: await makeZips() };
      const faults: string[] = [];
      const shares: Record<string, number> = {};
      let before = 0;
      for (const [index, route] of V1_ROUTES.entries()) {
        if (CHANGING.includes(route.id)) await world.refill();
        if (index === Math.floor(V1_ROUTES.length / 2)) before = usedBytes();
        const plans = fc.sample(requestPlans(route, named), { seed: SEED + index, numRuns: each });
        const started = performance.now();
        const tally = await sendAll(port, plans, V1_JUDGE);
        if (API_FUZZ_VERBOSE !== undefined) {
          const ms = Math.round(performance.now() - started);
          process.stdout.write(
            `${route.id}: ${ms} ms, ${[...tally.statuses]
              .sort()
              .map(([status, count]) => `${status}: ${count}`)
              .join(', ')}\n`,
          );
        }
        faults.push(...tally.faults.map((fault) => `${route.id}: ${fault}`));
        shares[route.id] = tally.past / each;
      }
      expect(faults, `with API_FUZZ_SEED=${SEED} API_FUZZ_REQUESTS=${REQUESTS}`).toEqual([]);
      const few = Object.entries(shares).filter(([, share]) => share < PAST_SHARE_MIN);
      expect(few, 'operations that too few requests got as far as').toEqual([]);
      await until(
        'every connection to be closed',
        () => new Promise<boolean>((resolve) => server.getConnections((_error, count) => resolve(count === 0))),
      );
      await until('every file to be closed', () => openFiles(world.folder).length === 0);
      expect(await readdir(join(world.folder, 'tmp'))).toEqual([]);
      expect(await strayFiles(world)).toEqual([]);
      expect(usedBytes() - before).toBeLessThan(GROWTH_BYTES_MAX);
    },
    TEST_MS_MAX,
  );
});

/** Kept files that no row names. */
async function strayFiles({ deps, folder }: Awaited<ReturnType<typeof hostileWorld>>): Promise<string[]> {
  const tasks = await deps.db.task.findMany({ select: { inputKey: true, outputKey: true } });
  const models = await deps.db.model.findMany({ select: { zipKey: true } });
  const named = new Set([...tasks.flatMap(({ inputKey, outputKey }) => [inputKey, outputKey]), ...models.map(({ zipKey }) => zipKey)]);
  const lying = await readdir(folder, { recursive: true, withFileTypes: true });
  return lying
    .filter((found) => found.isFile())
    .map((found) => join(found.parentPath, found.name).slice(folder.length + 1))
    .filter((key) => key.endsWith('.zip') && !named.has(key));
}
