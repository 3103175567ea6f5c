import type { Explanation } from '@inference/client';
import type { View } from '../output/printer.ts';

/** How it is shown why a task waits. */
export const EXPLANATION_VIEW: View<Explanation> = {
  columns: [
    { title: 'Task', text: ({ task }) => task },
    { title: 'State', text: ({ state }) => state },
    { title: 'Reason', text: ({ reason }) => reason },
    { title: 'Position', text: ({ position }) => (position === null ? '' : String(position)) },
    { title: 'Blocker', text: ({ blocker }) => blocker ?? '' },
    { title: 'Machine', text: ({ machine }) => machine ?? '' },
    { title: 'Held by', text: ({ held_by: holders }) => holders.join(', ') },
    { title: 'Starts by', text: ({ starts_by: at }) => at ?? '' },
    { title: 'Expected start', text: ({ expected_start: at }) => at ?? '' },
    { title: 'Sooner', text: ({ sooner }) => sooner.join(' ') },
  ],
  name: ({ task }) => task,
};
