import type { Failure, LogStream } from '@inference/domain';
import type { RunObserver } from '../model-runtime.ts';

/**
 * Hands on what a launcher tells, and nothing twice: a launcher that was started again begins with the first line that a model has printed.
 * Where the engine has let that go (docker keeps 10 MB), as much of what is new counts as told.
 */
export class ToldOnce {
  readonly #observer: RunObserver;
  readonly #told = { stdout: 0, stderr: 0 };
  #again = { stdout: 0, stderr: 0 };
  #isClosing = false;
  #isHung = false;

  constructor(observer: RunObserver) {
    this.#observer = observer;
  }

  /** What comes now begins with what has come already. */
  again(): void {
    this.#again = { ...this.#told };
  }

  progress(text: string): void {
    this.#observer.onProgress(text);
  }

  output(stream: LogStream, text: string): void {
    const known = Math.min(this.#again[stream], text.length);
    this.#again[stream] -= known;
    if (known === text.length) return;
    this.#told[stream] += text.length - known;
    this.#observer.onOutput(stream, text.slice(known));
  }

  closing(): void {
    if (!this.#isClosing) this.#observer.onClosing();
    this.#isClosing = true;
  }

  hung(failure: Failure): void {
    if (!this.#isHung) this.#observer.onHung(failure);
    this.#isHung = true;
  }
}
