import { AppError, UID_PATTERN } from '@inference/domain';
import type { Request } from 'express';

/** The uid in the path. What is not shaped like one names no task. */
export function taskUid(request: Request): string {
  const uid = request.params['uid'];
  if (typeof uid !== 'string' || !UID_PATTERN.test(uid)) throw new AppError('task_not_found');
  return uid;
}
