import type { Failure } from '@inference/domain';
import type { RunObserver } from '../model-runtime.ts';

/** An observer that keeps what it is told. */
export class Recorder implements RunObserver {
  readonly progress: string[] = [];
  stdout = '';
  stderr = '';
  closings = 0;
  readonly hung: Failure[] = [];
  /** Called when the model is said to hang. */
  whenHung = (): void => {};

  onProgress(text: string): void {
    this.progress.push(text);
  }

  onOutput(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text;
  }

  onClosing(): void {
    this.closings += 1;
  }

  onHung(failure: Failure): void {
    this.hung.push(failure);
    this.whenHung();
  }
}
