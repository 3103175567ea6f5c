import type { TaskOptions } from '@inference/contracts';
import type { TaskWishes } from '../services/submit-task.ts';
import type { TaskModel } from '../store/model-store.ts';
import { wrongField } from './check-fields.ts';

/** What a user wishes for a task, where the model allows it. @throws AppError `invalid_request` */
export function wishesOf(where: 'query' | 'body', { labels = {}, time_limit_seconds: seconds }: TaskOptions, model: TaskModel): TaskWishes {
  const mostSeconds = Number(model.timeMs) / 1000;
  if (seconds !== undefined && seconds > mostSeconds) {
    throw wrongField(where, 'time_limit_seconds', `is more than the ${mostSeconds} seconds that the model allows`);
  }
  return { labels, timeLimitMs: seconds === undefined ? null : seconds * 1000 };
}
