import { readFileSync } from 'node:fs';
import type { Clock } from '@inference/domain';
import type { ModelUsage } from '../model-runtime.ts';

/** Between two looks at what a container uses, in milliseconds: they double from the first to the longest. */
const FIRST_LOOK_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

type Place = { readonly memory: string; readonly cpu: string; readonly cpuSeconds: (text: string) => number };

/**
 * Looks at what the kernel counts for a container. It forgets that when the container ends, before the engine tells of the end: so there are
 * looks while it runs, and one when it closes its output. A look is two reads from memory, at once: handed to another thread, they come late.
 */
export class UsageWatch implements Disposable {
  readonly #places: readonly Place[];
  readonly #clock: Clock;
  #place: Place | null = null;
  #usage: ModelUsage = { memoryPeakBytes: null, cpuSeconds: null };
  #cancel: () => void;

  /** @param root where the control groups of this machine are mounted */
  constructor(containerId: string, { clock, root = '/sys/fs/cgroup' }: { clock: Clock; root?: string }) {
    this.#clock = clock;
    this.#places = placesOf(root, containerId);
    this.#cancel = clock.after(FIRST_LOOK_MS, () => this.#lookAgain(FIRST_LOOK_MS));
  }

  /** The most that was seen. */
  get usage(): ModelUsage {
    return this.#usage;
  }

  look(): void {
    const seen = this.#place === null ? this.#find() : readPlace(this.#place);
    if (seen === null) return;
    const { memoryPeakBytes, cpuSeconds } = this.#usage;
    this.#usage = { memoryPeakBytes: most(memoryPeakBytes, seen.memoryPeakBytes), cpuSeconds: most(cpuSeconds, seen.cpuSeconds) };
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }

  #lookAgain(pauseMs: number): void {
    this.look();
    const nextMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    this.#cancel = this.#clock.after(nextMs, () => this.#lookAgain(nextMs));
  }

  #find(): ModelUsage | null {
    for (const place of this.#places) {
      const seen = readPlace(place);
      if (seen === null) continue;
      this.#place = place;
      return seen;
    }
    return null;
  }
}

/** Where engines keep their containers, by the version of control groups and by who makes them. */
function placesOf(root: string, id: string): Place[] {
  const groups = [`system.slice/docker-${id}.scope`, `docker/${id}`];
  const second = groups.map((group) => ({
    memory: `${root}/${group}/memory.peak`,
    cpu: `${root}/${group}/cpu.stat`,
    cpuSeconds: (text: string) => Number(/^usage_usec (\d+)$/m.exec(text)?.[1]) / MICROSECONDS,
  }));
  const first = groups.map((group) => ({
    memory: `${root}/memory/${group}/memory.max_usage_in_bytes`,
    cpu: `${root}/cpuacct/${group}/cpuacct.usage`,
    cpuSeconds: (text: string) => Number(text) / NANOSECONDS,
  }));
  return [...second, ...first];
}

/** Null where it is not, not yet, or not any more. */
function readPlace({ memory, cpu, cpuSeconds }: Place): ModelUsage | null {
  const [memoryText, cpuText] = [readNow(memory), readNow(cpu)];
  if (memoryText === null && cpuText === null) return null;
  return {
    memoryPeakBytes: finite(Number(memoryText ?? Number.NaN)),
    cpuSeconds: finite(cpuText === null ? Number.NaN : cpuSeconds(cpuText)),
  };
}

function readNow(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Whatever keeps it from being read, what the model uses is not known then, and the model runs all the same.
    return null;
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function most(before: number | null, now: number | null): number | null {
  return before === null || now === null ? (before ?? now) : Math.max(before, now);
}
