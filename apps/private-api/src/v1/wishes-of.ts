import type { TaskOptions } from '@inference/contracts';
import type { TaskWishes } from '../services/submit-task.ts';
import type { TaskModel } from '../store/model-store.ts';
import { asksFor, resourcesOf } from './asks-of.ts';
import { wrongField } from './check-fields.ts';
import { priorityOf } from './priority-of.ts';

/** What a user wishes for a task, where the model allows it. @throws AppError `invalid_request` */
export function wishesOf(where: 'query' | 'body', options: TaskOptions, model: TaskModel): TaskWishes {
  const { labels = {}, time_limit_seconds: seconds, deadline_seconds: deadlineSeconds } = options;
  const mostSeconds = Number(model.timeMs) / 1000;
  if (seconds !== undefined && seconds > mostSeconds) {
    throw wrongField(where, 'time_limit_seconds', `is more than the ${mostSeconds} seconds that the model allows`);
  }
  const { priority = 'normal', resources = {} } = options;
  // What a task says itself takes the place of what its model says; labels come together.
  const usual = resourcesOf(model.asks);
  const asks = asksFor(model, { ...usual, ...resources, node_labels: { ...usual.node_labels, ...resources.node_labels } }, where);
  return { labels, timeLimitMs: msOf(seconds), deadlineMs: msOf(deadlineSeconds), ...priorityOf(priority), asks };
}

function msOf(seconds: number | undefined): number | null {
  return seconds === undefined ? null : seconds * 1000;
}
