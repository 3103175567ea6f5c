import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createApp } from '../app.ts';
import { createPrivateServer } from '../create-private-server.ts';
import type { Deps } from '../deps.ts';

/** What tests set as `consumerKey`. */
export const CONSUMER_KEY = 'consumer-key-of-the-tests-0123456789';

export type ServedApi = { readonly url: string; readonly port: number; readonly server: Server; stop(): Promise<void> };

/** Serves the private API on loopback as if it were elsewhere: nobody is let in without a key. It stops with the running test. */
export async function servePrivateApi(
  deps: Deps,
  options: { port?: number; around?: (app: RequestListener) => RequestListener } = {},
): Promise<ServedApi> {
  const { port: wanted = 0, around = (app) => app } = options;
  const server = createPrivateServer(around(createApp(deps, { boundToLoopback: false })));
  await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  onTestFinished(stop);
  return { url: `http://127.0.0.1:${port}`, port, server, stop };
}
