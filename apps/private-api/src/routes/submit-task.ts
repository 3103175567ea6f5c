import type { RequestHandler } from 'express';
import { senderOf } from '../allow.ts';
import type { Deps } from '../deps.ts';
import { LegacyQuery } from '../legacy-query.ts';
import { missingZip, receiveZip } from '../receive-zip.ts';
import { nameTask } from '../request-line.ts';
import { modelForTask, submitTask } from '../services/submit-task.ts';
import { registerModelRoute } from './register-model.ts';

/** POST /api/tasks/ -> 200, the task's uid as a bare JSON string. With `container_tag` it registers a model, as the original's README says. */
export function submitTaskRoute(deps: Deps): RequestHandler {
  const register = registerModelRoute(deps);
  return async (request, response, next) => {
    const query = new LegacyQuery(request.query);
    if (query.has('container_tag')) {
      await register(request, response, next);
      return;
    }
    const sender = senderOf(response, null);
    const modelId = query.required('model_human_readable_id', 'human_readable_id');
    query.finish();
    const model = await modelForTask(deps, modelId, { sender, withoutGpu: 'fail' });
    const zip = await receiveZip(deps, request, response);
    if (zip === null) throw missingZip();
    const { uid } = await submitTask(deps, { model, sender, withoutGpu: 'fail', upload: zip.upload });
    nameTask(response, uid);
    response.json(uid);
  };
}
