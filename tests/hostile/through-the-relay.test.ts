import type { AddressInfo } from 'node:net';
import { V1_ROUTES } from '@inference/contracts';
import { systemClock } from '@inference/domain';
import { hostileWorld, servePrivateApi } from '@inference/private-api/testing';
import { createRelay, createRelayServer } from '@inference/public-api';
import { createLog, Health } from '@inference/service';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LEGACY_JUDGE } from './judge-legacy.ts';
import { V1_JUDGE } from './judge-reply.ts';
import { LEGACY_ROUTES, legacyPlans } from './legacy-plan.ts';
import { makeZips } from './make-zips.ts';
import { CHANGING, requestPlans } from './request-plan.ts';
import { sendAll } from './send-all.ts';

const { CI, API_FUZZ_SEED } = process.env;
// The long run is for CI, where it takes one to two minutes.
const REQUESTS = CI === 'true' ? 20_000 : 2_000;
const LEGACY_REQUESTS = CI === 'true' ? 2_000 : 500;
const SEED = Number(API_FUZZ_SEED ?? 20_261_121);
const PAST_SHARE_MIN = 0.3;
const TEST_MS_MAX = 600_000;

const each = Math.ceil(REQUESTS / V1_ROUTES.length);
const eachLegacy = Math.ceil(LEGACY_REQUESTS / LEGACY_ROUTES.length);

async function setup() {
  const world = await hostileWorld();
  const { port } = await servePrivateApi(world.deps);
  const health = new Health({ clock: systemClock, log: createLog({ level: 'silent' }) });
  const { relayToken } = world.deps.settings;
  const target = { host: '127.0.0.1', port };
  const server = createRelayServer(createRelay({ target, relayToken, keylessLocal: false, health, clock: systemClock }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { world, named: { ...world, zips: await makeZips() }, port: (server.address() as AddressInfo).port };
}

function expectGood(faults: readonly string[], shares: Readonly<Record<string, number>>): void {
  expect(faults, `with API_FUZZ_SEED=${SEED}`).toEqual([]);
  const few = Object.entries(shares).filter(([, share]) => share < PAST_SHARE_MIN);
  expect(few, 'operations that too few requests got as far as').toEqual([]);
}

describe('hostile requests through the relay', () => {
  it(
    `to /api/v1 are refused as the contract says, or served: ${each} to each operation`,
    async () => {
      const { world, named, port } = await setup();
      const faults: string[] = [];
      const shares: Record<string, number> = {};
      for (const [index, route] of V1_ROUTES.entries()) {
        if (CHANGING.includes(route.id)) await world.refill();
        const plans = fc.sample(requestPlans(route, named), { seed: SEED + index, numRuns: each });
        const tally = await sendAll(port, plans, V1_JUDGE);
        faults.push(...tally.faults.map((fault) => `${route.id}: ${fault}`));
        shares[route.id] = tally.past / each;
      }
      expectGood(faults, shares);
    },
    TEST_MS_MAX,
  );

  it(
    `to the legacy routes are refused or served as their document says: ${eachLegacy} to each operation`,
    async () => {
      const { world, named, port } = await setup();
      const faults: string[] = [];
      const shares: Record<string, number> = {};
      for (const [index, route] of LEGACY_ROUTES.entries()) {
        await world.refill();
        const plans = fc.sample(legacyPlans(route, named), { seed: SEED + index, numRuns: eachLegacy });
        const tally = await sendAll(port, plans, LEGACY_JUDGE);
        faults.push(...tally.faults.map((fault) => `${route.id}: ${fault}`));
        shares[route.id] = tally.past / eachLegacy;
      }
      expectGood(faults, shares);
    },
    TEST_MS_MAX,
  );
});
