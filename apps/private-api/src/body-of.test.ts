import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { openDiskFileStore } from '@inference/files';
import { testFolder } from '@inference/testing';
import type { Request } from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bodyOf } from './body-of.ts';

/** A request with these bytes of a body of ten, whose client went away before anybody asked for the body. */
async function abandoned(bytes: string): Promise<Request> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(`PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n${bytes}`);
  const [request] = (await once(server, 'request')) as [IncomingMessage];
  const closed = new Promise((resolve) => request.once('close', resolve));
  socket.destroy();
  await closed;
  return request as Request;
}

describe('a body that is asked for when its client has gone', () => {
  it.each([
    ['before all of it came', 'half'],
    ['right after it', '0123456789'],
  ])('%s leaves no file behind', { timeout: 5_000 }, async (_when, bytes) => {
    const folder = await testFolder();
    const files = await openDiskFileStore(folder);
    const receiving = files.receive(bodyOf(await abandoned(bytes)), 10);
    await expect(receiving).rejects.toMatchObject({ code: 'upload_incomplete' });
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });
});
