import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startRelayProcess } from './relay-process-for-tests.ts';
import { listen, TEST_UID } from './start-for-tests.ts';

const MIB = 1024 * 1024;
const STREAM_BYTES = 256 * MIB;
const GROWTH_BYTES_MAX = 128 * MIB;

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

describe('relay, memory', () => {
  it('does not grow with what is streamed through it, up or down', async () => {
    const server = createServer(upstream);
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await using relay = await startRelayProcess(await listen(server));
    await transfer(relay.port, 'POST', MIB);
    const before = await relay.state();
    expect(await transfer(relay.port, 'POST', STREAM_BYTES)).toBe(STREAM_BYTES);
    expect(await transfer(relay.port, 'GET', 0)).toBe(STREAM_BYTES);
    expect((await relay.state()).highestBytes - before.highestBytes).toBeLessThan(GROWTH_BYTES_MAX);
  });
});
