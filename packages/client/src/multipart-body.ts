import type { Input } from './input.ts';

/** A multipart body that streams: FormData would need each part's length before its first byte. */
export function multipartBody(
  boundary: string,
  fields: Readonly<Record<string, unknown>>,
  parts: readonly { readonly part: string; readonly input: Input }[],
  onProgress: ((contentBytes: number) => void) | undefined,
): { type: string; body: () => AsyncIterable<Uint8Array> } {
  const body = async function* () {
    let read = 0;
    onProgress?.(0);
    const onContent = (bytes: number) => {
      read += bytes;
      onProgress?.(read);
    };
    for (const [name, value] of Object.entries(fields)) {
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: application/json\r\n\r\n`;
      yield Buffer.from(`${head}${JSON.stringify(value)}\r\n`);
    }
    for (const { part, input } of parts) {
      const disposition = `Content-Disposition: form-data; name="${part}"; filename="${part}.zip"`;
      yield Buffer.from(`--${boundary}\r\n${disposition}\r\nContent-Type: application/zip\r\n\r\n`);
      yield* input.open(onContent);
      yield Buffer.from('\r\n');
    }
    yield Buffer.from(`--${boundary}--\r\n`);
  };
  return { type: `multipart/form-data; boundary=${boundary}`, body };
}
