/** The source of a body failed, or what passes it on has a fault: `cause` says how. No connection broke, so another try would not help. */
export class BodyFault extends Error {
  override readonly name = 'BodyFault';
}

/**
 * Passes a body on while its request is under way. Node's fetch goes on reading a body whose request is over (aborted, or refused early):
 * gigabytes, for nothing. It throws rather than ends: a body that ends early is a whole body to the server. Throws BodyFault.
 */
export async function* untilOver(body: AsyncIterable<Uint8Array>, over: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of body) {
      over.throwIfAborted();
      yield piece;
    }
    over.throwIfAborted();
  } catch (cause) {
    throw over.aborted ? cause : new BodyFault('The body of a request cannot be read.', { cause });
  }
}
