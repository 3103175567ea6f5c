/** After so long half of what an owner has used is forgotten, in milliseconds. */
export const USE_HALF_LIFE_MS = 24 * 3_600_000;

/** What an owner has used of the GPUs, as it counted at that time. */
export type Use = { readonly gpuSeconds: number; readonly atMs: number };

/** What it still counts now, in GPU-seconds. A clock that was set back adds nothing. */
export function decayedUse({ gpuSeconds, atMs }: Use, nowMs: number): number {
  return gpuSeconds * 2 ** (-Math.max(0, nowMs - atMs) / USE_HALF_LIFE_MS);
}
