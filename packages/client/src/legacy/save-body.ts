import { open } from 'node:fs/promises';
import { unlessStalled } from '../unless-stalled.ts';

/** Writes a body to a file, from its start. Answers what broke the body, if something did; what is wrong with the file is thrown. */
export async function saveBody(
  body: ReadableStream<Uint8Array>,
  file: string,
  onProgress: ((bytes: number) => void) | undefined,
): Promise<{ readonly broken: unknown } | null> {
  await using handle = await open(file, 'w');
  const pieces = unlessStalled(body);
  let bytes = 0;
  for (;;) {
    const next = await pieces.next().catch((broken: unknown) => ({ broken }));
    if ('broken' in next) return next;
    if (next.done === true) break;
    await handle.writeFile(next.value);
    bytes += next.value.length;
    onProgress?.(bytes);
  }
  await handle.sync();
  return null;
}
