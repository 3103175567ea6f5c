import { describe, expect, it } from 'vitest';
import { FAILURE_CLASSES, isFailureClass } from './failure.ts';
import { readDocTable } from './testing/read-doc-table.ts';

const CLASSES = Object.entries(FAILURE_CLASSES);

describe('the failure classes', () => {
  it.each(CLASSES)('has one plain sentence for %s', (_name, { sentence }) => {
    expect(sentence).toMatch(/^[A-Z][^.]+\.$/);
  });

  it('retries faults of the machine, and what may come out otherwise the next time where the model asks for it', () => {
    const those = (wanted: string) => CLASSES.filter(([, { retried }]) => retried === wanted).map(([name]) => name);
    expect([those('yes'), those('if the model asks for it')]).toEqual([['infrastructure'], ['model_error', 'bad_output']]);
  });

  it.each(CLASSES.map(([name]) => name))('knows %s as a class', (name) => {
    expect(isFailureClass(name)).toBe(true);
  });

  it.each(['', 'Timeout', 'timeout ', 'toString', 'constructor', '__proto__'])('does not know %j as a class', (name) => {
    expect(isFailureClass(name)).toBe(false);
  });

  it('is listed in docs/state-machine.md as the code has it', async () => {
    const rows = await readDocTable('state-machine.md', 'Failure class');
    expect(rows.map((row) => row.slice(0, 3))).toEqual(CLASSES.map(([name, { sentence, retried }]) => [name, sentence, retried]));
    for (const [name, , , meaning] of rows) expect(meaning, `docs/state-machine.md must say what ${name} means`).toMatch(/\w/);
  });
});
