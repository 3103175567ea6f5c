import { systemClock } from '@inference/domain';
import { closeServer, Health, type Log, openPort, serviceCheck, type TearDown } from '@inference/service';
import { createRelay } from './app.ts';
import type { Config } from './config.ts';
import { createRelayServer } from './relay-server.ts';

/** Starts the relay. It has no state: it is ready as soon as the private API answers. */
export async function startPublicApi(config: Config, log: Log, down: TearDown): Promise<void> {
  const { privateApiUrl, relayToken, trusted, zipBytesMax } = config;
  const clock = systemClock;
  const health = new Health({ clock, log });
  health.watch(serviceCheck('private-api', privateApiUrl));
  const limits = { zipBytesMax };
  // Everybody needs a key here, or LEGACY_ANONYMOUS: from behind a proxy all the world may look like this machine.
  const relay = createRelay({ target: privateApiUrl, relayToken, keylessLocal: false, health, clock, trusted, limits, log });
  const server = createRelayServer(relay, limits);
  const port = await openPort(server, config);
  down.add(
    () => closeServer(server, config.drainMs),
    () => server.closeAllConnections(),
  );
  down.add(async () => health.draining());
  health.serving();
  log.info({ host: config.host, port }, 'the relay listens');
}
