import type { ServerResponse } from 'node:http';
import type { Failure, LogStream } from '@inference/domain';
import type { RunObserver } from '../model-runtime.ts';
import type { LauncherLine } from './launcher-protocol.ts';

/**
 * An answer that comes bit by bit, a JSON document a line. It begins with the first line: until then a refusal can be told. What is said to who
 * has gone is dropped.
 */
export class LineAnswer implements RunObserver {
  readonly #response: ServerResponse;
  #room: PromiseWithResolvers<void> | null = null;
  #isOver = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('drain', () => this.#hasRoom());
    response.once('close', () => this.#hasRoom());
    response.setHeader('content-type', 'application/x-ndjson');
  }

  tell(line: LauncherLine): void {
    if (this.#isOver || this.#response.destroyed) return;
    if (!this.#response.write(`${JSON.stringify(line)}\n`)) this.#room ??= Promise.withResolvers();
  }

  end(line: LauncherLine): void {
    this.tell(line);
    // What an engine still says of a model whose output nobody reads may come after that: the answer is over, though not all of it is out.
    this.#isOver = true;
    this.#response.end();
  }

  onProgress(text: string): void {
    this.tell({ kind: 'progress', text });
  }

  onOutput(stream: LogStream, text: string): void {
    this.tell({ kind: 'output', stream, text });
  }

  onClosing(): void {
    this.tell({ kind: 'closing' });
  }

  onHung(failure: Failure): void {
    this.tell({ kind: 'hung', failure });
  }

  room(): Promise<void> | null {
    return this.#room?.promise ?? null;
  }

  #hasRoom(): void {
    this.#room?.resolve();
    this.#room = null;
  }
}
