import type { Readable } from 'node:stream';
import { type Failure, LogTail } from '@inference/domain';
import type { RunObserver } from './model-runtime.ts';

/** Hands the bytes of a model's two output streams to an observer as text, and keeps the last lines of stderr. */
export class OutputRelay {
  readonly #observer: RunObserver;
  readonly #tail = new LogTail();
  /** One decoder for each stream: a character may be cut between two pieces. */
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };

  #bytes = 0;

  constructor(observer: RunObserver) {
    this.#observer = observer;
  }

  /** How many bytes have come. */
  get bytes(): number {
    return this.#bytes;
  }

  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#tell(stream, this.#decoders[stream].decode(bytes, { stream: true }));
  }

  /** What to wait for before more is read; null: nothing. */
  room(): Promise<void> | null {
    return this.#observer.room?.() ?? null;
  }

  /** Tells that there will be no more bytes, though the model may not have ended yet. */
  closing(): void {
    this.#observer.onClosing();
  }

  /** Tells that the model hangs. */
  hung(failure: Failure): void {
    this.#observer.onHung(failure);
  }

  /** Tells what a cut character left behind. Call it once, after the last byte. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) this.#tell(stream, this.#decoders[stream].decode());
  }

  /** Reads the streams of a child process; null where it was not started. Nothing is kept: a slow observer slows the model. */
  followBoth(stdout: Readable | null, stderr: Readable | null): void {
    let open = 2;
    const follow = (stream: 'stdout' | 'stderr', source: Readable | null) => {
      source?.on('data', (bytes: Buffer) => this.write(stream, bytes));
      source?.once('end', () => {
        open -= 1;
        if (open === 0) this.closing();
      });
    };
    follow('stdout', stdout);
    follow('stderr', stderr);
  }

  lastStderrLines(): string[] {
    return this.#tail.lines();
  }

  #tell(stream: 'stdout' | 'stderr', text: string): void {
    if (text === '') return;
    if (stream === 'stderr') this.#tail.write(text);
    this.#observer.onOutput(stream, text);
  }
}
