/**
 * Passes a body on while its request is under way. Node's fetch goes on reading a body whose request is over (aborted, or refused early):
 * gigabytes, for nothing. It throws rather than ends: a body that ends early is a whole body to the server.
 */
export async function* untilOver(body: AsyncIterable<Uint8Array>, over: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    over.throwIfAborted();
    yield piece;
  }
  over.throwIfAborted();
}
