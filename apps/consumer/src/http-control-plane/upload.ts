import { createHash } from 'node:crypto';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CONSUMER_ROUTES, type Lease, storedOutputSchema } from '@inference/contracts';
import type { StoredOutput } from '@inference/domain';
import { answerTo, readAnswer, readRefusal } from './answer.ts';
import type { Api } from './api.ts';
import { Outage } from './outage.ts';

export type UploadOptions = {
  readonly signal: AbortSignal;
  /** A connection on which nothing moves for so long, in milliseconds, is cut. */
  readonly idleMs: number;
};

const HEADERS = { 'content-type': 'application/zip', 'transfer-encoding': 'chunked', expect: '100-continue' };

/**
 * Streams an output to the private API, which says beforehand whether it wants it, and afterwards what arrived.
 *
 * @throws AppError `stale`, `upload_too_large`, Outage, or the error of the zip itself
 */
export async function upload(api: Api, lease: Lease, openZip: () => Readable, options: UploadOptions): Promise<StoredOutput> {
  const request = api.open({
    route: CONSUMER_ROUTES.putOutput,
    values: lease,
    token: lease.token,
    headers: HEADERS,
    ...options,
  });
  const answer = answerTo(request);
  try {
    request.flushHeaders();
    const early = await Promise.race([goAhead(request), answer]);
    if (early !== null) throw await readRefusal(early);
    const sent = new Sent(openZip());
    const stored = await readAnswer(await exchange(request, answer, sent), storedOutputSchema);
    if (stored === null || stored.bytes !== sent.bytes || stored.sha256 !== sent.sha256()) {
      throw new Outage('An output arrived at the private API with another content than was sent.');
    }
    return stored;
  } catch (error) {
    request.destroy();
    throw error;
  }
}

function goAhead(request: ClientRequest): Promise<null> {
  return new Promise((resolve) => request.once('continue', () => resolve(null)));
}

/** Sends everything and answers the answer, which may come before everything is sent. A fault of the zip goes before its consequences. */
async function exchange(request: ClientRequest, answer: Promise<IncomingMessage>, sent: Sent): Promise<IncomingMessage> {
  const sending = pipeline(sent.pieces(), request);
  sending.catch(() => {});
  try {
    return await Promise.race([sending.then(() => answer), answer]);
  } catch (error) {
    if (sent.fault !== undefined) throw sent.fault;
    throw error instanceof Outage ? error : new Outage('An upload to the private API broke off.', { cause: error });
  }
}

/** What was sent of a zip so far: counted and hashed. */
class Sent {
  bytes = 0;
  /** Why the zip itself failed. */
  fault: unknown;
  readonly #zip: Readable;
  readonly #hash = createHash('sha256');

  constructor(zip: Readable) {
    this.#zip = zip;
  }

  async *pieces(): AsyncGenerator<Buffer> {
    try {
      for await (const piece of this.#zip as AsyncIterable<Buffer>) {
        this.#hash.update(piece);
        this.bytes += piece.length;
        yield piece;
      }
    } catch (error) {
      this.fault = error;
      throw error;
    }
  }

  sha256(): string {
    return this.#hash.digest('hex');
  }
}
