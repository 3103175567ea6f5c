import { join } from 'node:path';

/** What a server on this machine tells those who would speak to it. */
export type ServerState = {
  readonly url: string;
  readonly pid: number;
  readonly dataFolder: string;
  /** When it started: ISO 8601, UTC. */
  readonly startedAt: string;
};

/** Where it is written. The server that started last has the file. */
export function serverStateFile(folder: string): string {
  return join(folder, 'server.json');
}
