import { createServer } from 'node:net';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { onTestFinished } from 'vitest';

/** An engine for the running test that takes every question and answers none. */
export async function hungEngine(): Promise<{ socketPath: string; asked: () => boolean; connections: () => number }> {
  let bytesIn = 0;
  let connections = 0;
  const socketPath = join(await testFolder(), 'hung.sock');
  const server = createServer((socket) => {
    connections += 1;
    socket
      .on('error', () => {})
      .on('data', (bytes) => (bytesIn += bytes.length))
      .on('close', () => (connections -= 1));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => void server.close());
  return { socketPath, asked: () => bytesIn > 0, connections: () => connections };
}
