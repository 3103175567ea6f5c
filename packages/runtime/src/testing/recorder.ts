import type { RunObserver } from '../model-runtime.ts';

/** An observer that keeps what it is told. */
export class Recorder implements RunObserver {
  readonly progress: string[] = [];
  stdout = '';
  stderr = '';

  onProgress(text: string): void {
    this.progress.push(text);
  }

  onOutput(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text;
  }
}
