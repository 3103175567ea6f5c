/** A pool is a set of consumers that can run the same things; each has one queue. */
export const POOLS = ['process', 'docker-cpu', 'docker-gpu'] as const;
export type Pool = (typeof POOLS)[number];

/** The pool whose consumers can run a model. */
export function poolOf(model: { readonly folder: boolean; readonly useGpu: boolean }): Pool {
  if (model.folder) return 'process';
  return model.useGpu ? 'docker-gpu' : 'docker-cpu';
}
