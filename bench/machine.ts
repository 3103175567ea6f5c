import { availableParallelism, cpus, release, totalmem } from 'node:os';
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
};

export async function describeMachine(): Promise<Machine> {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGib: Math.round(totalmem() / GIB),
    node: process.versions.node,
    docker: (await dockerVersion()) ?? 'not reachable',
    system: `${process.platform} ${release()}`,
    date: new Date().toISOString().slice(0, 10),
  };
}

/** The machine in one line. */
export function machineLine({ cores, processor, memoryGib, node, docker, system, date }: Machine): string {
  return `${cores} cores (${processor}), ${memoryGib} GiB of memory, ${system}, Node ${node}, Docker ${docker}, ${date}`;
}
