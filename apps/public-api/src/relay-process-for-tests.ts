import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RelayLimits } from './relay-limits.ts';

const RELAY = `
  import { createRelay, createRelayServer } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
  import { systemClock as clock } from '@inference/domain';
  import { createLog, Health } from '@inference/service';
  const [, port, limits] = process.argv;
  const target = { host: '127.0.0.1', port: Number(port) };
  const health = new Health({ clock, log: createLog({ level: 'silent' }) });
  const options = { target, relayToken: 't', keylessLocal: true, health, clock, limits: JSON.parse(limits) };
  const server = createRelayServer(createRelay(options), options.limits);
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  process.on('message', () => server.getConnections((_error, connections) =>
    process.send({ connections, highestKib: process.resourceUsage().maxRSS })));
`;

export type RelayState = { readonly connections: number; readonly highestBytes: number };

/** Starts a relay in a process of its own, so that its memory can be measured; `await using` stops it. */
export async function startRelayProcess(upstreamPort: number, limits: Partial<RelayLimits> = {}) {
  const relay = spawn(process.execPath, ['--input-type=module', '-e', RELAY, String(upstreamPort), JSON.stringify(limits)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [port] = (await once(relay, 'message')) as [number];
  return {
    port,
    /** How many connections it has, and the most memory that it has ever used. */
    state: async (): Promise<RelayState> => {
      const said = once(relay, 'message');
      relay.send('state');
      const [{ connections, highestKib }] = (await said) as [{ connections: number; highestKib: number }];
      return { connections, highestBytes: highestKib * 1024 };
    },
    async [Symbol.asyncDispose]() {
      const exited = once(relay, 'exit');
      relay.kill();
      await exited;
    },
  };
}
