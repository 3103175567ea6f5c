/**
 * The least an upload can cost with Node: `node:http` that hashes a body, writes it to a file, syncs it and answers; and a download
 * that is a file piped into the answer. Nothing is parsed, checked or recorded. Arguments: the folder for uploads, the file to serve.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const [folder = '', served = ''] = process.argv.slice(2);
let uploads = 0;

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = join(folder, String(uploads++));
  const hash = createHash('sha256');
  const hashed = async function* (body: AsyncIterable<Buffer>) {
    for await (const chunk of body) {
      hash.update(chunk);
      yield chunk;
    }
  };
  // `flush` is an fsync before the file is closed.
  await pipeline(request, hashed, createWriteStream(path, { flush: true }));
  response.end(JSON.stringify(hash.digest('hex')));
  await rm(path);
}

async function send(response: ServerResponse): Promise<void> {
  response.setHeader('content-length', (await stat(served)).size);
  await pipeline(createReadStream(served), response);
}

const server = createServer((request, response) => {
  const answered = request.method === 'POST' ? receive(request, response) : send(response);
  answered.catch((error: Error) => response.destroy(error));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`));
process.stdin.on('end', () => process.exit(0)).resume();
