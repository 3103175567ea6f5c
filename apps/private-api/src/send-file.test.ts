import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FileStore } from '@inference/files';
import { errorHandler } from '@inference/service';
import { until } from '@inference/testing';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendFile } from './send-file.ts';
import { testDeps } from './testing/test-deps.ts';

describe('sending a file', () => {
  it('to a client that has left already is no fault, and not read to its end', async () => {
    const deps = await testDeps();
    const upload = await deps.files.receive(Readable.from([Buffer.alloc(2_000_000)]), 2_000_000);
    const file = { ...(await upload.keep('inputs/one.zip')), name: 'one.zip' };
    let reads = 0;
    const read: FileStore['read'] = (key, take, range) => {
      const counted: typeof take = (bytes) => {
        reads += 1;
        return take(bytes);
      };
      return deps.files.read(key, counted, range);
    };
    const files = Object.assign(Object.create(deps.files), { read });
    const ends: unknown[] = [];
    const server = express()
      .get('/', async (request, response) => {
        client.destroy();
        await once(response, 'close');
        ends.push(await sendFile({ ...deps, files }, file, request, response).catch((error: unknown) => error));
      })
      .listen(0, '127.0.0.1');
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
    await once(server, 'listening');
    const client = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }).on('error', () => {});
    await until('its end', () => ends.length > 0);
    expect(ends).toEqual([undefined]);
    expect(reads).toBe(1);
  });

  it('never ends well with other bytes than were stored', async () => {
    const deps = await testDeps();
    const content = Buffer.alloc(700_000, 'a');
    const upload = await deps.files.receive(Readable.from([content]), content.length);
    const file = { ...(await upload.keep('outputs/one.zip')), name: 'one.zip' };
    content[300_000] = 98;
    await writeFile(join(deps.folder, 'outputs', 'one.zip'), content);
    const server = express()
      .get('/', (request, response) => sendFile(deps, file, request, response))
      .use(errorHandler({ log: deps.log, translate: () => null }))
      .listen(0, '127.0.0.1');
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
    await once(server, 'listening');
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await expect(answer.arrayBuffer()).rejects.toThrow();
  });
});
