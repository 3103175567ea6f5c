import type { Clock } from '@inference/domain';
import pg from 'pg';
import { CONNECT_TIMEOUT_MS, type Connection } from './connect.ts';

/** A session that was lost, or could not be had, is made anew after so long, in milliseconds. */
const RETRY_MS = 1_000;
/** The session is asked for a sign of life so often, in milliseconds: a connection may be dead for hours before the network says so. */
const PROBE_MS = 15_000;
/** How long the answer to that may take, in milliseconds. */
const PROBE_TIMEOUT_MS = 5_000;

export type ListenOptions = {
  readonly channel: string;
  readonly clock: Clock;
  /** Called with the text of each NOTIFY. */
  readonly onNotice: (text: string) => void;
  /** Called when the session stands: from now on nothing is missed, of what was sent before anything may be. */
  readonly onUp: () => void;
  /** Called when a session that stood is lost, and once when the first cannot be had. */
  readonly onDown: (error: Error) => void;
};

/** Listens to a channel of the database over a session of its own, which is made anew whenever it breaks, until it is closed. */
export function listen(connection: Connection, options: ListenOptions): { close(): Promise<void> } {
  const { channel, clock, onNotice, onUp, onDown } = options;
  let client: pg.Client | null = null;
  let closed = false;
  let told = false;
  let cancel = (): void => {};

  const lose = async (lost: pg.Client, error: Error) => {
    if (client !== lost) return;
    client = null;
    cancel();
    await lost.end().catch(() => {});
    if (closed) return;
    if (!told) onDown(error);
    told = true;
    cancel = clock.after(RETRY_MS, () => void open());
  };
  const open = async () => {
    const next = new pg.Client({
      ...connection,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: PROBE_TIMEOUT_MS,
      keepAlive: true,
    });
    client = next;
    // Before `connect`: an error event that nobody hears ends the process.
    next.on('error', (error) => void lose(next, error));
    next.on('end', () => void lose(next, new Error('The database ended the session.')));
    next.on('notification', ({ payload }) => onNotice(payload ?? ''));
    try {
      await next.connect();
      await next.query(`LISTEN ${next.escapeIdentifier(channel)}`);
      if (client !== next) return;
      told = false;
      onUp();
      probeLater(next);
    } catch (error) {
      await lose(next, error as Error);
    }
  };
  const probeLater = (asked: pg.Client) => {
    cancel = clock.after(PROBE_MS, () => {
      asked.query('SELECT 1').then(
        () => client === asked && !closed && probeLater(asked),
        (error: Error) => lose(asked, error),
      );
    });
  };
  const opening = open();

  return {
    close: async () => {
      closed = true;
      cancel();
      const last = client;
      client = null;
      await last?.end().catch(() => {});
      await opening;
    },
  };
}
