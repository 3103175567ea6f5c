import type { Task } from '@inference/client';
import { EXIT } from '../exit-codes.ts';
import { plainText } from '../output/plain-text.ts';
import { shownBytes, shownSeconds } from '../output/units.ts';
import type { Session } from '../session.ts';
import { paintState } from '../terminal/colours.ts';
import { stageLine } from './stage.ts';

/** Tells how a task ended; answers what the process ends with. */
export function tellEnd({ notes }: Session, task: Task): number {
  const line = (text: string) => stageLine(task.state, text).replace(task.state, (state) => paintState(notes.paint, state));
  if (task.state === 'succeeded') {
    const took = task.timings.total_seconds === null ? '' : `${shownSeconds(task.timings.total_seconds)} altogether`;
    notes.line(
      line([took, ...(task.output === null ? [] : [`output ${shownBytes(task.output.bytes)}`])].filter((part) => part !== '').join(', ')),
    );
    for (const warning of task.warnings) notes.line(stageLine('warning', warning));
    return EXIT.ok;
  }
  notes.always(line(task.reason));
  for (const last of task.failure?.last_lines ?? []) notes.always(`    ${plainText(last)}`);
  if (task.state === 'cancelled') return EXIT.taskCancelled;
  notes.line(stageLine('', `more: infer tasks logs ${task.id}`));
  return EXIT.taskFailed;
}
