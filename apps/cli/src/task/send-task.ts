import type { Input, SubmitOptions, Task } from '@inference/client';
import type { Session } from '../session.ts';
import { UploadLine } from './upload-line.ts';

export type SendOptions = Pick<SubmitOptions, 'labels' | 'timeLimitSeconds' | 'deadlineSeconds' | 'priority' | 'resources'>;

/** Uploads an input for a model, with a bar, and tells of the task, which it answers. Ctrl-C leaves no task behind, unless all was sent by then. */
export async function sendTask(session: Session, model: string, input: Input, options: SendOptions): Promise<Task> {
  const { notes, signal } = session;
  const client = await session.client();
  using upload = new UploadLine(notes, input);
  try {
    const task = await client.tasks.submit(model, input, { ...options, signal, onProgress: upload.onProgress });
    upload.done(task);
    return task;
  } catch (error) {
    notes.clear();
    if (signal.aborted) {
      notes.always(
        upload.isAllSent
          ? 'Stopped before the server answered: the task may be there. See: infer tasks list'
          : 'Stopped: no task was made.',
      );
    }
    throw error;
  }
}
