import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** How long requests that are under way may go on once the server closes, in milliseconds, where its owner says nothing else. */
const GRACE_MS = 5_000;
/** How often a closing server looks for connections whose request has ended, in milliseconds. */
const LOOK_MS = 25;

/** Takes no new connection, lets requests under way end for a while, then cuts what is left. */
export async function closeServer(server: Server, graceMs = GRACE_MS): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Connections that are kept alive would otherwise go on bringing requests, or stay open until they time out.
  for (const event of ['request', 'checkContinue']) server.prependListener(event, closeAfterwards);
  const look = setInterval(() => server.closeIdleConnections(), LOOK_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(look);
  clearTimeout(cut);
}

function closeAfterwards(_request: IncomingMessage, response: ServerResponse): void {
  response.shouldKeepAlive = false;
}
