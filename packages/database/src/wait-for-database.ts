import pg from 'pg';
import { CONNECT_TIMEOUT_MS, type Connection } from './connect.ts';

/** How often a database that is not there is asked again, in milliseconds. */
const LOOK_MS = 500;
/** A wrong user, password or database name: it will be as wrong the next time. */
const LASTING = /^(?:28|3D)/;

export type WaitOptions = {
  /** How long the database may take to be there, in milliseconds. */
  readonly limitMs: number;
  /** Called once when it is not there at once. */
  readonly onWait: (error: Error) => void;
};

/**
 * Waits until the database takes sessions: services start in any order.
 *
 * @throws the last error, when it does not in time or refuses us
 */
export async function waitForDatabase(connection: Connection, { limitMs, onWait }: WaitOptions): Promise<void> {
  const end = performance.now() + limitMs;
  for (let tries = 1; ; tries++) {
    const client = new pg.Client({ ...connection, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (LASTING.test(String((error as { code?: unknown }).code)) || performance.now() > end) throw error;
      if (tries === 1) onWait(error as Error);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}
