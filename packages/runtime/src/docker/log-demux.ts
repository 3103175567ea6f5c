const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * Splits the engine's attach stream into stdout and stderr. A frame is 8 bytes (the first says which stream, the last four
 * how long) and its content; content is passed on as it comes, so nothing but a header is ever kept.
 */
export class LogDemux {
  readonly #onContent: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
  #header = Buffer.alloc(0);
  #stream: 'stdout' | 'stderr' = 'stdout';
  #left = 0;

  constructor(onContent: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void) {
    this.#onContent = onContent;
  }

  write(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) rest = this.#left > 0 ? this.#takeContent(rest) : this.#takeHeader(rest);
  }

  #takeContent(bytes: Buffer): Buffer {
    const content = bytes.subarray(0, this.#left);
    this.#left -= content.length;
    this.#onContent(this.#stream, content);
    return bytes.subarray(content.length);
  }

  #takeHeader(bytes: Buffer): Buffer {
    const missing = HEADER_BYTES - this.#header.length;
    this.#header = Buffer.concat([this.#header, bytes.subarray(0, missing)]);
    if (this.#header.length === HEADER_BYTES) {
      this.#stream = this.#header[0] === STDERR ? 'stderr' : 'stdout';
      this.#left = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
    return bytes.subarray(missing);
  }
}
