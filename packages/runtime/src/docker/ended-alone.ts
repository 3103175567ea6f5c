import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { type ContainerEvent, endingSignal, TOLD_EVENTS } from './container-event.ts';
import { DAEMON_LIMITS_MS, type Daemon } from './daemon.ts';

/** The engine tells of an end within this after it, in milliseconds. */
const DIE_LIMIT_MS = 2_000;
const MS_PER_SECOND = 1_000;

/** When a container was made, and when it ended, as the engine says it. */
type Life = { readonly created: string; readonly finished: string };

/**
 * Whether a container that has ended while nobody watched ran once and was told by nobody to end, as far as the engine remembers: its last 256
 * events, and none from before it was started itself. What it does not remember the end of is not known to have ended by itself. Rejects with
 * `DaemonFault`.
 */
export async function endedAlone({ id }: Docker.Container, { created, finished }: Life, daemon: Daemon): Promise<boolean> {
  const span = { since: Date.parse(created) / MS_PER_SECOND, until: (Date.parse(finished) + DIE_LIMIT_MS) / MS_PER_SECOND };
  const filters = { container: [id], event: TOLD_EVENTS };
  const told = await daemon.call('tell of a container', DAEMON_LIMITS_MS.look, async (docker, abortSignal) =>
    text(await docker.getEvents({ ...span, filters, abortSignal })),
  );
  const events = told
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ContainerEvent);
  return events.every((event) => endingSignal(event) === null) && events.filter(({ Action: action }) => action === 'die').length === 1;
}
