import { EXIT } from '../exit-codes.ts';
import { faultOf } from '../fault-of.ts';
import type { Session } from '../session.ts';

/** Does something to one after the other; one that fails is told and does not keep the rest from being done. Answers the first failure's code. */
export async function forEachId(session: Session, ids: readonly string[], act: (id: string) => Promise<void>): Promise<number> {
  let code: number = EXIT.ok;
  for (const id of ids) {
    try {
      await act(id);
    } catch (error) {
      session.signal.throwIfAborted();
      const fault = faultOf(error, false);
      if (ids.length === 1) throw error;
      session.notes.always(`${id}: ${fault.lines[0] ?? ''}`);
      if (code === EXIT.ok) code = fault.code;
    }
  }
  return code;
}
