import type { AddressInfo } from 'node:net';
import { V1_ROUTES } from '@inference/contracts';
import { systemClock } from '@inference/domain';
import { hostileWorld, servePrivateApi } from '@inference/private-api/testing';
import { createRelay, createRelayServer } from '@inference/public-api';
import { createLog, Health } from '@inference/service';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeZips } from './make-zips.ts';
import { requestPlans } from './request-plan.ts';
import { sendAll } from './send-all.ts';

const { API_FUZZ_SEED } = process.env;
const REQUESTS = 2_000;
const SEED = Number(API_FUZZ_SEED ?? 20_261_121);
const TEST_MS_MAX = 300_000;

const each = Math.ceil(REQUESTS / V1_ROUTES.length);

describe('hostile requests to /api/v1 through the relay', () => {
  it(
    `are refused as the contract says, or served: ${each} to each operation`,
    async () => {
      const world = await hostileWorld();
      const { port } = await servePrivateApi(world.deps);
      const health = new Health({ clock: systemClock, log: createLog({ level: 'silent' }) });
      const { relayToken } = world.deps.settings;
      const server = createRelayServer(
        createRelay({ target: { host: '127.0.0.1', port }, relayToken, keylessLocal: false, health, clock: systemClock }),
      );
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => {
        server.closeAllConnections();
        server.close();
      });
      const named = { ...world, zips: await makeZips() };
      const faults: string[] = [];
      for (const [index, route] of V1_ROUTES.entries()) {
        const plans = fc.sample(requestPlans(route, named), { seed: SEED + index, numRuns: each });
        const tally = await sendAll((server.address() as AddressInfo).port, plans);
        faults.push(...tally.faults.map((fault) => `${route.id}: ${fault}`));
      }
      expect(faults, `with API_FUZZ_SEED=${SEED}`).toEqual([]);
    },
    TEST_MS_MAX,
  );
});
