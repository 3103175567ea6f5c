import type { Wait } from './allocation.ts';
import type { SizedRequest } from './resource-request.ts';

/** Why a request waits. */
export type Reason = Pick<Wait, 'blocker' | 'sooner'>;

/**
 * Requests that did not fit, by what they ask for. While one call decides, rooms only become fuller: whoever asks for the same, for as long or
 * longer, does not fit either. So a long queue costs as much as there are different requests in it.
 */
export class Misfits {
  readonly #known = new Map<string, { readonly runMs: number; readonly reason: Reason | null }>();

  /** `reason` null: nobody has asked for it. */
  find(request: SizedRequest): { readonly reason: Reason | null } | null {
    const known = this.#known.get(shapeOf(request));
    return known !== undefined && request.runMs >= known.runMs ? known : null;
  }

  note(request: SizedRequest, reason: Reason | null): void {
    this.#known.set(shapeOf(request), { runMs: request.runMs, reason });
  }

  /** A room was reserved: others may wait for that now. */
  forget(): void {
    this.#known.clear();
  }
}

function shapeOf({ asked, gpuMemoryBytes, needs, labels, isEnforced }: SizedRequest): string {
  const { cpuMillis, memoryBytes, shmBytes, scratchBytes } = needs;
  const numbers = `${asked} ${gpuMemoryBytes} ${cpuMillis} ${memoryBytes} ${shmBytes} ${scratchBytes} ${isEnforced}`;
  const names = Object.keys(labels);
  return names.length === 0 ? numbers : `${numbers} ${JSON.stringify(names.sort().map((name) => [name, labels[name]]))}`;
}
