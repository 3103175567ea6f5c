import type { Tables } from '../tables.ts';

/** What is kept of a stream lies piece after piece: none begins before the end of the one before, and only the last may be open. */
export function logsDoNotOverlap(tables: Tables): string[] {
  const streams = Map.groupBy(tables.log_piece, ({ task_id, attempt, stream }) => `task ${task_id}, attempt ${attempt}, ${stream}`);
  return [...streams].flatMap(([name, pieces]) => {
    let end = 0;
    const broken: string[] = [];
    for (const { offset, text, open } of pieces.toSorted((a, b) => a.offset - b.offset)) {
      if (offset < end) broken.push(`${name}: a piece begins at ${offset}, the one before ends at ${end}`);
      end = open ? offset + 1 : offset + Buffer.byteLength(text);
    }
    return broken;
  });
}
