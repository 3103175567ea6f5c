// A large zip goes up, through a model, and down again, and no process holds it in memory.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { has } from '@inference/testing';
import { extractZip } from '@inference/zips';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryWatch } from '../../../bench/memory-watch.ts';
import { ended } from '../../e2e/client.ts';
import { type LargeUpload, largeUpload } from '../../tls/large-upload.ts';
import type { Service } from './service.ts';
import { MODEL, services, startAll } from './services.ts';
import { sharedRabbitMq } from './shared-rabbitmq.ts';

const MIB = 1024 ** 2;
const SIZE_MIB = 512;
/** No process of ours may ever take more, however large the zip. */
const MEMORY_MIB_MAX = 200;

async function post(relay: Service, upload: LargeUpload): Promise<string> {
  const posting = request(`${relay.url}/api/tasks/?model_human_readable_id=${MODEL}`, { method: 'POST', headers: upload.headers });
  const answered = once(posting, 'response') as Promise<[IncomingMessage]>;
  await pipeline(Readable.from(upload.body()), posting);
  const [answer] = await answered;
  const body = await text(answer);
  expect(answer.statusCode, body).toBe(200);
  return JSON.parse(body);
}

/** The SHA-256 of a file in a task's output. */
async function downloaded(relay: Service, uid: string, name: string, folder: string): Promise<string> {
  const answer = await ended(relay.url, uid);
  if (answer.body === null || answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  const zip = join(folder, 'output.zip');
  await pipeline(answer.body, createWriteStream(zip));
  await extractZip(zip, join(folder, 'output'));
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(folder, 'output', name)), hash);
  return hash.digest('hex');
}

describe.skipIf(!has('rabbitmq') || !has('bubblewrap'))('a large task', () => {
  const broker = sharedRabbitMq();

  it(`of ${SIZE_MIB} MiB passes relay, private API and consumer, each with less than ${MEMORY_MIB_MAX} MiB`, async () => {
    const own = await services({ rabbitUrl: broker().url });
    const { publicApis, privateApis, consumers } = await startAll(own, { privateApis: 1, publicApis: 1, consumers: 1 });
    const relay = publicApis[0]!;
    const watches = [...publicApis, ...privateApis, ...consumers].map(({ name, pid }) => [name, new MemoryWatch(pid)] as const);
    onTestFinished(() => {
      for (const [, watch] of watches) watch[Symbol.dispose]();
    });

    const upload = largeUpload(SIZE_MIB);
    const uid = await post(relay, upload);
    expect(await downloaded(relay, uid, upload.file.name, own.folder)).toBe(upload.file.sha256);

    const peaks: Record<string, number> = {};
    for (const [name, watch] of watches) {
      for (const [role, bytes] of Object.entries(await watch.peaks())) {
        // What a model takes is its own affair.
        if (role !== 'model') peaks[role === 'server' ? name : `${name}: ${role}`] = Math.round(bytes / MIB);
      }
    }
    process.stdout.write(`${SIZE_MIB} MiB up and down, peak memory in MiB: ${JSON.stringify(peaks)}\n`);
    expect(Object.keys(peaks).sort()).toEqual(['consumer', 'private-api', 'private-api: zip check', 'public-api']);
    for (const [name, mib] of Object.entries(peaks)) expect(mib, name).toBeLessThan(MEMORY_MIB_MAX);
  }, 240_000);
});
