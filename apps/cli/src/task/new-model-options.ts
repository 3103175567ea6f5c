import type { ResourceOptions } from './resource-options.ts';

/** What `infer models add` was asked for. Time in seconds, memory in MiB. */
export type NewModelOptions = ResourceOptions & {
  readonly image: string;
  readonly description?: string;
  readonly gpu?: boolean;
  readonly weights?: string;
  readonly sample?: string;
  readonly timeLimit?: number;
  readonly hangSeconds?: number;
  readonly memory?: number;
  readonly retries?: number;
  readonly cpus?: number;
  readonly output?: number;
  readonly runningTasks?: number;
  readonly queuedTasks?: number;
};
