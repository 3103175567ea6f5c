import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { dockerVersion } from './docker-engine.ts';

const GIB = 1024 ** 3;

/** What the figures were measured on. */
export type Machine = {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGib: number;
  readonly node: string;
  readonly docker: string;
  readonly system: string;
  readonly date: string;
  /** Processes that wanted to run in the minute before the bench: on a busy machine the figures are worth little. */
  readonly loadBefore: number;
};

/** Describes this machine; call it before anything is measured. */
export async function describeMachine(): Promise<Machine> {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGib: Math.round(totalmem() / GIB),
    node: process.versions.node,
    docker: (await dockerVersion()) ?? 'not reachable',
    system: `${process.platform} ${release()}`,
    date: new Date().toISOString().slice(0, 10),
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** The machine in one line. */
export function machineLine(machine: Machine): string {
  const { cores, processor, memoryGib, node, docker, system, date, loadBefore } = machine;
  const parts = [`${cores} cores (${processor})`, `${memoryGib} GiB of memory`, system, `Node ${node}`, `Docker ${docker}`, date];
  return `${parts.join(', ')}; load before the bench ${loadBefore.toFixed(1)}`;
}
