import type { Tables } from '../tables.ts';
import { eventsOf } from './rows-of-task.ts';

const FINAL: readonly string[] = ['succeeded', 'failed', 'cancelled'];
/** An operator's requeue, which a success never takes. */
const LEAVES = 'requeued';

/** A task that ended stays as it ended, unless an operator puts a failed or cancelled one back; deleting it hides it, and changes nothing. */
export function finalStatesAbsorb(tables: Tables): string[] {
  return tables.task.flatMap((task) => {
    let ended: string | null = null;
    const broken: string[] = [];
    for (const { id, kind } of eventsOf(tables, task)) {
      if (ended !== null && kind !== 'deleted' && (kind !== LEAVES || ended === 'succeeded'))
        broken.push(`task ${task.id}: event ${id} (${kind}) came after it had ${ended}`);
      if (kind === LEAVES) ended = null;
      if (FINAL.includes(kind)) ended = kind;
    }
    if (ended !== null && task.state !== ended) broken.push(`task ${task.id} had ${ended}, and is ${task.state}`);
    return broken;
  });
}
