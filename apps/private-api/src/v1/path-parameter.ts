import { V1_PARAMETERS } from '@inference/contracts';
import { AppError, type ErrorCode } from '@inference/domain';
import type { Request } from 'express';

/** A value in the path. What is not shaped like one names nothing. */
export function pathParameter(request: Request, name: 'task' | 'model' | 'client' | 'key' | 'consumer', unknown: ErrorCode): string {
  const value = request.params[name];
  if (typeof value !== 'string' || !V1_PARAMETERS[name].pattern.test(value)) throw new AppError(unknown);
  return value;
}

/** The uid of the task in the path. */
export function taskIn(request: Request): string {
  return pathParameter(request, 'task', 'task_not_found');
}
