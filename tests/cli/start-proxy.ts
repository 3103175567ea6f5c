import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What happens to a download once so many of its bytes are through. */
export type Cut = { readonly afterBytes: number; readonly how: 'break' | 'stall'; readonly onCut?: () => void };

/** A proxy before a server, which can do to downloads of outputs what networks do. */
export type Proxy = { readonly url: string; cut: Cut | null; target: Promise<string>; readonly ranges: (string | undefined)[] };

/** Starts a proxy for the running test. It cuts the next download only; `target` may change, and requests wait for it. */
export async function startProxy(target: string): Promise<Proxy> {
  const proxy: { -readonly [Key in keyof Proxy]: Proxy[Key] } = { url: '', cut: null, target: Promise.resolve(target), ranges: [] };
  const server = createServer((incoming, outgoing) => void pass(proxy, incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}

async function pass(proxy: Proxy, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method, headers, url = '' } = incoming;
  const isDownload = url.endsWith('/output');
  if (isDownload) proxy.ranges.push(headers.range);
  const cut = isDownload ? proxy.cut : null;
  if (isDownload) proxy.cut = null;
  const onward = request(new URL(url, await proxy.target), { method, headers });
  onward.on('error', () => outgoing.destroy());
  onward.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    let bytes = 0;
    answer.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (cut === null || bytes < cut.afterBytes) {
        outgoing.write(piece);
        return;
      }
      answer.destroy();
      cut.onCut?.();
      if (cut.how === 'break') outgoing.destroy();
    });
    answer.on('end', () => outgoing.end());
    answer.on('error', () => outgoing.destroy());
  });
  incoming.pipe(onward);
}
