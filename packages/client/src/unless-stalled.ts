import { TransportError } from './errors.ts';

/** A stream that says nothing for so long is taken for broken, in milliseconds: feeds send a comment every few seconds. */
const STALL_MS = 90_000;

/** Passes the pieces of a body on; throws TransportError when none came for too long. */
export async function* unlessStalled(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { promise: stalled, reject } = Promise.withResolvers<never>();
      const timer = setTimeout(() => reject(new TransportError('Nothing came for too long.', { code: 'ETIMEDOUT' })), STALL_MS);
      const { done, value } = await Promise.race([reader.read(), stalled]).finally(() => clearTimeout(timer));
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever stops early wants no more of it; a body that broke has told why already.
    await reader.cancel().catch(() => {});
  }
}
