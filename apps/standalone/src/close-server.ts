import type { Server } from 'node:http';

/** How long requests that are under way may go on once the server closes, in milliseconds. */
const GRACE_MS = 5_000;

/** Takes no new connection, lets requests under way end for a while, then cuts what is left. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(timer);
}
