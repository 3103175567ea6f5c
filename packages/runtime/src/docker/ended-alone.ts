import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { type ContainerEvent, endingSignal, TOLD_EVENTS } from './container-event.ts';
import { DAEMON_LIMITS_MS, type Daemon, DaemonFault } from './daemon.ts';
import { getAnswer } from './get-answer.ts';

/** The engine tells of an end within this after it, in milliseconds; nearly always. */
const DIE_LIMIT_MS = 2_000;
const MS_PER_SECOND = 1_000;
const NOT_FOUND = 404;

/** When a container was made, started, and ended, as the engine says it. */
type Life = { readonly created: string; readonly started: string; readonly finished: string };

/**
 * Whether a container that has ended while nobody watched ran once and was told by nobody to end, as far as the engine knows. It remembers its last
 * 256 events, about a minute where containers have health checks, and none from before it was started itself. An end that it does not remember was
 * its own doing where it was started since, as one that ends tells its containers to; else nobody is known to have told the container. Rejects with
 * `DaemonFault`.
 */
export async function endedAlone({ id }: Docker.Container, { created, started, finished }: Life, daemon: Daemon): Promise<boolean> {
  const span = { since: Date.parse(created) / MS_PER_SECOND, until: (Date.parse(finished) + DIE_LIMIT_MS) / MS_PER_SECOND };
  const filters = { container: [id], event: TOLD_EVENTS };
  const told = await daemon.call('tell of a container', DAEMON_LIMITS_MS.look, async (docker, abortSignal) =>
    text(await docker.getEvents({ ...span, filters, abortSignal })),
  );
  const events = told
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ContainerEvent);
  if (events.some((event) => endingSignal(event) !== null)) return false;
  const ends = events.filter(({ Action: action }) => action === 'die').length;
  return ends === 0 ? await wasUpAt(started, daemon) : ends === 1;
}

/** Whether the engine has been up since then. It makes its default network anew at each start, unless containers lived on meanwhile. */
async function wasUpAt(time: string, daemon: Daemon): Promise<boolean> {
  try {
    const { Created: up } = await daemon.call('describe its network', DAEMON_LIMITS_MS.look, (docker, abortSignal) =>
      getAnswer<{ readonly Created: string }>(docker, '/networks/bridge', abortSignal),
    );
    return Date.parse(up) <= Date.parse(time);
  } catch (error) {
    // It has none, and does not tell.
    if (error instanceof DaemonFault && error.status === NOT_FOUND) return false;
    throw error;
  }
}
