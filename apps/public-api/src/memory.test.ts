import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { listen, TEST_UID } from './start-for-tests.ts';

const MIB = 1024 * 1024;
const STREAM_BYTES = 256 * MIB;
const GROWTH_BYTES_MAX = 128 * MIB;

/** A relay in a process of its own: sends its port, then its highest memory use in KiB each time it is asked. */
const RELAY = `
  import { createRelay, createRelayServer } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
  import { systemClock as clock } from '@inference/domain';
  import { createLog, Health } from '@inference/service';
  const target = { host: '127.0.0.1', port: Number(process.argv[1]) };
  const health = new Health({ clock, log: createLog({ level: 'silent' }) });
  const server = createRelayServer(createRelay({ target, relayToken: 't', keylessLocal: true, health, clock }));
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
  process.on('message', () => process.send(process.resourceUsage().maxRSS));
`;

function* zeros(bytes: number): Generator<Buffer> {
  const chunk = Buffer.alloc(MIB);
  for (let sent = 0; sent < bytes; sent += MIB) yield chunk;
}

async function upstream(req: IncomingMessage, res: ServerResponse): Promise<void> {
  let bytes = 0;
  for await (const chunk of req) bytes += chunk.length;
  if (req.method === 'POST') res.end(String(bytes));
  else await pipeline(Readable.from(zeros(STREAM_BYTES)), res);
}

async function transfer(port: number, method: 'GET' | 'POST', bytes: number): Promise<number> {
  const path = method === 'POST' ? '/api/tasks/' : `/api/tasks/${TEST_UID}`;
  const req = request({ host: '127.0.0.1', port, path, method, agent: false });
  const answered = once(req, 'response');
  await pipeline(Readable.from(zeros(bytes)), req);
  const [res] = (await answered) as [IncomingMessage];
  let received = '';
  let receivedBytes = 0;
  for await (const chunk of res) {
    receivedBytes += chunk.length;
    if (method === 'POST') received += chunk;
  }
  return method === 'POST' ? Number(received) : receivedBytes;
}

async function highestBytes(relay: ChildProcess): Promise<number> {
  relay.send('memory');
  const [kib] = await once(relay, 'message');
  return Number(kib) * 1024;
}

describe('relay, memory', () => {
  it('does not grow with what is streamed through it, up or down', async () => {
    const server = createServer(upstream);
    const upstreamPort = await listen(server);
    const relay = spawn(process.execPath, ['--input-type=module', '-e', RELAY, String(upstreamPort)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    try {
      const [port] = (await once(relay, 'message')) as [number];
      await transfer(port, 'POST', MIB);
      const before = await highestBytes(relay);
      expect(await transfer(port, 'POST', STREAM_BYTES)).toBe(STREAM_BYTES);
      expect(await transfer(port, 'GET', 0)).toBe(STREAM_BYTES);
      expect((await highestBytes(relay)) - before).toBeLessThan(GROWTH_BYTES_MAX);
    } finally {
      relay.kill();
      await once(relay, 'exit');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
