import type { Resources } from './resources.ts';

/** What a task that waits asks for. All of it comes from one node, and at once. */
export type ResourceRequest = {
  readonly id: string;
  /** `all`: as many as the largest node in question has. */
  readonly gpus: number | 'all';
  /** Of each GPU, in bytes; 0: any. */
  readonly gpuMemoryBytes: number;
  readonly needs: Resources;
  /** Labels that the node must have, with these values. */
  readonly labels: Readonly<Record<string, string>>;
  /** How long it runs at most, in milliseconds: its time limit, or what the caller guesses. */
  readonly runMs: number;
  /** Whether it is stopped after `runMs`. False: that is a guess, which a node that is drained for somebody does not trust. */
  readonly isEnforced: boolean;
  readonly waitingSinceMs: number;
};

/** The same with a number of GPUs. `asked`: what stood there before. */
export type SizedRequest = Omit<ResourceRequest, 'gpus'> & { readonly gpus: number; readonly asked: number | 'all' };
