import type { Database } from '@inference/database';
import type { Client } from '../stage/client.ts';

/** Something that is killed again and again. */
export type Victim = {
  readonly name: string;
  /** Kills it with SIGKILL and starts it again; resolves when the next victim may be killed. */
  kill(): Promise<void>;
};

/** An installation under load, and what can be killed of it. */
export type Arena = AsyncDisposable & {
  readonly client: Client;
  readonly victims: readonly Victim[];
  /** Resolves when everything is up again. */
  recovered(): Promise<void>;
  /** Its database; open while the arena is. */
  readonly db: Database;
};
