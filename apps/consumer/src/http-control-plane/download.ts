import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { ConsumerRoute, Lease } from '@inference/contracts';
import { answerTo, readRefusal } from './answer.ts';
import type { Api } from './api.ts';
import { Outage } from './outage.ts';
import type { Patience } from './patience.ts';

/** A file of the private API, and where it shall lie. */
export type Wanted = {
  readonly route: ConsumerRoute;
  readonly lease: Lease;
  readonly bytes: number;
  readonly sha256: string;
  readonly path: string;
};

export type DownloadOptions = {
  readonly patience: Patience;
  readonly signal: AbortSignal;
  /** A connection on which nothing moves for so long, in milliseconds, is cut. */
  readonly idleMs: number;
};

/**
 * Puts a file at a path, and goes on where it was when the connection breaks. Nothing is left of a download that fails.
 *
 * @throws AppError `stale`, Outage, or an error when the file is not what it should be
 */
export async function download(api: Api, wanted: Wanted, options: DownloadOptions): Promise<void> {
  const file = await open(wanted.path, 'wx', 0o600);
  try {
    const received = new Received(file, wanted.bytes);
    await options.patience.keepTrying(async () => {
      const before = received.most;
      try {
        await receiveRest(api, wanted, received, options);
      } finally {
        if (received.most > before) options.patience.renew();
      }
    });
    if (!received.isWhole || received.sha256() !== wanted.sha256) throw new Error('A downloaded file is not the one that the claim named.');
  } catch (error) {
    await rm(wanted.path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function receiveRest(api: Api, wanted: Wanted, received: Received, { signal, idleMs }: DownloadOptions): Promise<void> {
  const { route, lease, sha256 } = wanted;
  const headers = received.bytes === 0 ? {} : { range: `bytes=${received.bytes}-`, 'if-range': `"${sha256}"` };
  const request = api.open({ route, values: lease, token: lease.token, headers, idleMs, signal });
  request.end();
  const answer = await answerTo(request);
  const { statusCode } = answer;
  if (statusCode !== 200 && statusCode !== 206) throw await readRefusal(answer);
  if (statusCode === 200) await received.startOver();
  else if (!answer.headers['content-range']?.startsWith(`bytes ${received.bytes}-`)) {
    request.destroy();
    throw new Error(`The private API sent another part of a file than was asked for: ${answer.headers['content-range']}`);
  }
  await receiveBody(answer, received);
}

async function receiveBody(answer: IncomingMessage, received: Received): Promise<void> {
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) await received.add(chunk);
  } catch (error) {
    // All of it may be here although the end of the answer is not.
    if (received.isWhole) return;
    throw isBrokenOff(answer) ? new Outage('A download from the private API broke off.', { cause: error }) : error;
  }
}

/** Tells the connection's faults from this machine's own, such as a full disk. */
function isBrokenOff(answer: IncomingMessage): boolean {
  return answer.errored !== null;
}

/** What has arrived of a file so far: counted, hashed and written. */
class Received {
  bytes = 0;
  /** The most that there has been, should it have started over. */
  most = 0;
  readonly #file: FileHandle;
  readonly #bytesMax: number;
  #hash = createHash('sha256');

  constructor(file: FileHandle, bytesMax: number) {
    this.#file = file;
    this.#bytesMax = bytesMax;
  }

  get isWhole(): boolean {
    return this.bytes === this.#bytesMax;
  }

  async add(chunk: Buffer): Promise<void> {
    if (this.bytes + chunk.length > this.#bytesMax) throw new Error('A downloaded file is larger than the claim said.');
    await writeAll(this.#file, chunk, this.bytes);
    this.#hash.update(chunk);
    this.bytes += chunk.length;
    this.most = Math.max(this.most, this.bytes);
  }

  async startOver(): Promise<void> {
    if (this.bytes === 0) return;
    await this.#file.truncate(0);
    this.#hash = createHash('sha256');
    this.bytes = 0;
  }

  sha256(): string {
    return this.#hash.digest('hex');
  }
}

/** A disk that fills up takes a part and says nothing: writing the rest tells. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
