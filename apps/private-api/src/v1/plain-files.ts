import type { FileToZip } from '@inference/zips';
import type { FilePart } from './read-multipart.ts';

type Waiting = FilePart & { readonly resolve: () => void; readonly reject: (error: unknown) => void };

/** Files that come one after the other from a body, as something to zip from: whoever zips takes them as they come. */
export class PlainFiles {
  readonly #waiting: Waiting[] = [];
  #current: Waiting | null = null;
  #isEnded = false;
  #failure: unknown = null;
  #wake: () => void = () => {};

  /** Resolves once the file is zipped. */
  add(file: FilePart): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...file, resolve, reject });
      this.#wake();
    });
  }

  /** There are no more. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** Gives up, as zipping or reading has failed: what is added is refused, and whoever zips fails. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#current?.reject(error);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#wake();
  }

  async *files(): AsyncGenerator<FileToZip> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      this.#current = this.#waiting.shift() ?? null;
      if (this.#current !== null) {
        yield { name: this.#current.name, content: this.#current.content };
        this.#current.resolve();
      } else if (this.#isEnded) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
