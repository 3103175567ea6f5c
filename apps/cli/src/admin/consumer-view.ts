import type { ConsumerView } from '@inference/client';
import type { View } from '../output/printer.ts';
import { shownAge } from '../output/units.ts';

/** How consumers are listed, and shown one by one. */
export function consumerView(nowMs: number): View<ConsumerView> {
  return {
    columns: [
      { title: 'id', text: ({ id }) => id },
      { title: 'pools', text: ({ pools }) => pools.join(',') },
      { title: 'gpus', text: ({ gpus }) => String(gpus), isNumber: true },
      { title: 'running', text: ({ running }) => String(running), isNumber: true },
      { title: 'seen', text: ({ seen_at: at }) => `${shownAge(at, nowMs)} ago` },
      {
        title: 'trouble',
        text: ({ trouble }) =>
          Object.entries(trouble)
            .map(([pool, text]) => `${pool}: ${text}`)
            .join(' '),
      },
    ],
    name: ({ id }) => id,
  };
}
