import type { Input, Task } from '@inference/client';
import { shownBytes, shownSeconds } from '../output/units.ts';
import type { Session } from '../session.ts';
import { transferLine } from '../terminal/transfer-line.ts';
import { stageLine } from './stage.ts';

export type SendOptions = { readonly labels?: Record<string, string> | undefined; readonly timeLimitSeconds?: number | undefined };

/** Uploads an input for a model, with a bar; answers the task. Ctrl-C leaves no task behind, unless all was sent by then. */
export async function sendTask(session: Session, model: string, input: Input, options: SendOptions): Promise<Task> {
  const { notes, signal } = session;
  const client = await session.client();
  for (const warning of input.warnings) notes.line(stageLine('note', warning));
  const startMs = performance.now();
  let read = 0;
  try {
    const task = await client.tasks.submit(model, input, {
      ...options,
      signal,
      onProgress: (bytes) => {
        read = bytes;
        notes.live(stageLine('uploading', transferLine(bytes, input.bytes, performance.now() - startMs)));
      },
    });
    notes.clear();
    notes.line(stageLine('uploaded', `${shownBytes(read)} in ${shownSeconds((performance.now() - startMs) / 1000)}`));
    return task;
  } catch (error) {
    notes.clear();
    if (signal.aborted) {
      const isAllSent = input.bytes !== null && read >= input.bytes;
      notes.always(
        isAllSent ? 'Stopped before the server answered: the task may be there. See: infer tasks list' : 'Stopped: no task was made.',
      );
    }
    throw error;
  }
}
