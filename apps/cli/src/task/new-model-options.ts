/** What `infer models add` was asked for. Time in seconds, memory in MiB. */
export type NewModelOptions = {
  readonly image: string;
  readonly description?: string;
  readonly gpu?: boolean;
  readonly weights?: string;
  readonly sample?: string;
  readonly timeLimit?: number;
  readonly memory?: number;
};
