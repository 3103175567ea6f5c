import { TransportError } from './errors.ts';

/** Reads the whole body of an answer as text, at most so many bytes of it: more is no answer of ours. */
export async function readText(response: Response, bytesMax: number): Promise<string> {
  if (response.body === null) return '';
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body) {
    bytes += piece.length;
    if (bytes > bytesMax) throw new TransportError(`The answer has more than ${bytesMax} bytes: this is no answer of an InferenceServer.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
