import { isFinal } from '@inference/domain';
import type { TaskView } from '../services/view-task.ts';

/** A zip without an entry has this many bytes: the record that ends every zip. */
const EMPTY_ZIP_BYTES = 22;

/** How a new model does on its sample: passed once it ended well and wrote something. */
export function testOf(task: TaskView): { task: string; passed: boolean | null; reason: string } {
  const { uid, state, reason } = task;
  if (!isFinal(state)) return { task: uid, passed: null, reason };
  if (state !== 'succeeded') return { task: uid, passed: false, reason };
  if (Number(task.outputBytes) > EMPTY_ZIP_BYTES) return { task: uid, passed: true, reason };
  return { task: uid, passed: false, reason: 'The model ended with exit code 0, but wrote nothing to /output.' };
}
