import type { Readable } from 'node:stream';
import { type LogStream, LogTail } from '@inference/domain';
import type { FollowedOutput } from './run-process.ts';

/** Sends what a model writes piece by piece. A stream rests until its last piece was taken: a slow reader slows the model. */
export class OutputSender implements FollowedOutput {
  readonly #send: (stream: LogStream, bytes: Uint8Array) => void;
  readonly #closing: () => void;
  readonly #tail = new LogTail();
  readonly #sources = new Map<LogStream, Readable>();

  constructor(send: (stream: LogStream, bytes: Uint8Array) => void, closing: () => void) {
    this.#send = send;
    this.#closing = closing;
  }

  followBoth(stdout: Readable | null, stderr: Readable | null): void {
    if (stdout !== null) this.#follow('stdout', stdout);
    if (stderr !== null) this.#follow('stderr', stderr);
  }

  /** The last piece of a stream has arrived. */
  taken(stream: LogStream): void {
    this.#sources.get(stream)?.resume();
  }

  lastStderrLines(): string[] {
    return this.#tail.lines();
  }

  #follow(stream: LogStream, source: Readable): void {
    this.#sources.set(stream, source);
    source.on('data', (bytes: Buffer) => {
      source.pause();
      if (stream === 'stderr') this.#tail.write(bytes.toString('utf8'));
      this.#send(stream, bytes);
    });
    source.once('end', () => {
      this.#sources.delete(stream);
      if (this.#sources.size === 0) this.#closing();
    });
  }
}
