import type { ModelLimits } from '@inference/domain';
import type { ModelUser } from '../model-user.ts';

/** How models are kept apart from this machine. */
export type Isolation = 'bubblewrap' | 'unshare' | 'none';

/** A folder or file of this machine and its place in the sandbox. */
export type Bind = { readonly source: string; readonly target: string; readonly writable: boolean };

/** What is to run in a sandbox. */
export type SandboxOrder = {
  readonly command: readonly string[];
  readonly binds: readonly Bind[];
  readonly environment: Readonly<Record<string, string>>;
  /** The folder to start in: inside the sandbox, or on this machine where there is none. */
  readonly cwd: string;
  /** Null: it runs as the user of this process. */
  readonly user: ModelUser | null;
  readonly limits: ModelLimits;
};

/** The child process that runs an order. */
export type SandboxPlan = {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Written to file descriptor 4 of the child: what should not stand in its command line, which the model can read. */
  readonly secondInput: string | null;
  /** Levels of processes above the model's own: 2 is a watcher and the first process of a pid namespace, 0 is none. */
  readonly levelsAbove: 0 | 2;
  /** What the child writes to file descriptor 3 once the sandbox stands; null where nothing can fail before the model starts. */
  readonly stands: RegExp | null;
};
