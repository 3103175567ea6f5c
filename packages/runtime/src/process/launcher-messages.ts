import type { LogStream } from '@inference/domain';
import type { ProcessEnd } from './run-process.ts';
import type { SandboxPlan } from './sandbox-plan.ts';

/** What a consumer tells its launcher. `id` names a run. */
export type ToLauncher =
  | { readonly kind: 'run'; readonly id: number; readonly plan: SandboxPlan; readonly stopGraceMs: number }
  | { readonly kind: 'stop'; readonly id: number }
  /** The last piece of this stream was taken: the next may come. */
  | { readonly kind: 'taken'; readonly id: number; readonly stream: LogStream };

/** What a launcher answers. For each stream at most one piece is on its way. */
export type FromLauncher =
  | { readonly kind: 'started'; readonly id: number; readonly pid: number }
  | { readonly kind: 'output'; readonly id: number; readonly stream: LogStream; readonly bytes: Uint8Array }
  /** Both streams have ended. */
  | { readonly kind: 'closing'; readonly id: number }
  | { readonly kind: 'end'; readonly id: number; readonly end: ProcessEnd };
