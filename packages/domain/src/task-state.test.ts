import { describe, expect, it } from 'vitest';
import { type Cell, type Guard, isFinal, TASK_EVENTS, TASK_STATES, TRANSITIONS, transition } from './task-state.ts';
import { readDoc, readDocTable } from './testing/read-doc-table.ts';

const NOTHING: ReadonlySet<Guard> = new Set();
const ALL_CELLS = TASK_STATES.flatMap((from) => TASK_EVENTS.map((event) => ({ from, event, cell: TRANSITIONS[from][event] as Cell })));

function inWords(cell: Cell): string {
  return typeof cell === 'string' ? cell : `${cell.to} if ${cell.if}, else stale`;
}

function target(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.to;
}

describe('the life of a task', () => {
  it.each(ALL_CELLS.filter(({ cell }) => typeof cell === 'string'))(
    'answers $cell to $event when $from, whatever is proven',
    ({ from, event, cell }) => {
      expect(transition(from, event, NOTHING)).toBe(cell);
      expect(transition(from, event, new Set<Guard>(['newest', 'newest_or_deadline', 'recorded', 'recorded_output']))).toBe(cell);
    },
  );

  const guarded = ALL_CELLS.flatMap(({ from, event, cell }) => (typeof cell === 'string' ? [] : [{ from, event, ...cell }]));
  it.each(guarded)('answers $to to $event when $from only with the proof "$if"', ({ from, event, to, if: guard }) => {
    const others = new Set<Guard>(['newest', 'newest_or_deadline', 'recorded', 'recorded_output']);
    others.delete(guard);
    expect(transition(from, event, new Set([guard]))).toBe(to);
    expect(transition(from, event, others)).toBe('stale');
    expect(transition(from, event, NOTHING)).toBe('stale');
  });

  it('lets only the operator leave a final state', () => {
    for (const from of TASK_STATES.filter(isFinal)) {
      const leaving = TASK_EVENTS.filter((event) => !['same', 'stale'].includes(target(TRANSITIONS[from][event])));
      expect(leaving).toEqual(from === 'succeeded' ? [] : ['requeue']);
    }
    expect(TASK_STATES.filter(isFinal)).toEqual(['succeeded', 'failed', 'cancelled']);
  });

  it('never lets a task succeed after its user asked to cancel it', () => {
    expect(
      TASK_EVENTS.map((event) => target(TRANSITIONS.cancelling[event])).filter((to) => !['cancelled', 'same', 'stale'].includes(to)),
    ).toEqual([]);
  });

  it('starts an attempt from the queue only', () => {
    expect(TASK_STATES.filter((from) => transition(from, 'claim', NOTHING) !== 'stale')).toEqual(['queued']);
  });

  it('can end from every state that is not final', () => {
    for (const from of TASK_STATES.filter((state) => !isFinal(state))) {
      const reached = new Set<string>([from]);
      for (const state of reached) {
        if (isFinal(state as typeof from)) continue;
        for (const event of TASK_EVENTS) reached.add(target(TRANSITIONS[state as typeof from][event]));
        reached.delete('same');
        reached.delete('stale');
      }
      expect([...reached].some((state) => isFinal(state as typeof from))).toBe(true);
    }
  });
});

describe('docs/state-machine.md', () => {
  it('has the table of transitions as the code has it', async () => {
    const rows = await readDocTable('state-machine.md', 'from \\ event');
    expect(rows).toEqual(TASK_STATES.map((from) => [from, ...TASK_EVENTS.map((event) => inWords(TRANSITIONS[from][event]))]));
    expect(await readDoc('state-machine.md')).toContain(`| from \\ event | ${TASK_EVENTS.map((event) => `\`${event}\``).join(' | ')} |`);
  });

  it('draws exactly the transitions that change the state', async () => {
    const drawn = [...(await readDoc('state-machine.md')).matchAll(/^ +(\w+) --> (\w+): (.+)$/gm)].map(
      ([, from, to, events]) => `${from} ${to}: ${events}`,
    );
    const edges = new Map<string, string[]>();
    for (const { from, event, cell } of ALL_CELLS) {
      const to = target(cell);
      if (to === 'same' || to === 'stale') continue;
      const events = edges.get(`${from} ${to}`) ?? [];
      edges.set(`${from} ${to}`, [...events, typeof cell === 'string' ? event : `${event} (${cell.if})`]);
    }
    expect(drawn.sort()).toEqual([...edges].map(([edge, events]) => `${edge}: ${events.join(', ')}`).sort());
  });

  it('explains each guard that a cell names, and each event', async () => {
    const guards = new Set(guardsIn(ALL_CELLS));
    expect((await readDocTable('state-machine.md', 'Guard')).map(([guard]) => guard).sort()).toEqual([...guards].sort());
    expect((await readDocTable('state-machine.md', 'Event')).map(([event]) => event)).toEqual([...TASK_EVENTS]);
    expect((await readDocTable('state-machine.md', 'State')).map(([state]) => state)).toEqual([...TASK_STATES]);
  });
});

function guardsIn(cells: readonly { cell: Cell }[]): Guard[] {
  return cells.flatMap(({ cell }) => (typeof cell === 'string' ? [] : [cell.if]));
}
