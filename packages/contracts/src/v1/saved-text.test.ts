import { describe, expect, it } from 'vitest';
import { newKeySchema } from './key.ts';
import { modelChangeSchema } from './model.ts';
import { listTasksQuerySchema, putTaskQuerySchema, taskOptionsSchema } from './task-options.ts';

const KEY = { owner: 'ada', name: 'x', scopes: ['read'] };

describe('what callers say', () => {
  it.each(['a\0b', '\ud800', 'x\udfff'])('is refused where the database could not save it or look for it: %j', (text) => {
    const accepted = [
      modelChangeSchema.safeParse({ description: text }),
      taskOptionsSchema.safeParse({ labels: { [text]: 'x' } }),
      taskOptionsSchema.safeParse({ labels: { x: text } }),
      newKeySchema.safeParse({ ...KEY, name: text }),
      listTasksQuerySchema.safeParse({ model: text }),
      listTasksQuerySchema.safeParse({ label: [`x:${text}`] }),
      putTaskQuerySchema.safeParse({ model: text }),
    ].map(({ success }) => success);
    expect(accepted).toEqual(accepted.map(() => false));
  });

  it('may have any other character', () => {
    const text = '\u{1f600}\u{10ffff}\ufeff\u202eé';
    expect(modelChangeSchema.parse({ description: text })).toEqual({ description: text });
    expect(taskOptionsSchema.parse({ labels: { x: text } })).toEqual({ labels: { x: text } });
  });

  it('of the end of a key is a time that the database knows, and that has a year of four digits', () => {
    const accepts = (expires_at: string) => newKeySchema.safeParse({ ...KEY, expires_at }).success;
    expect(accepts('2099-01-01T00:00:00+02:00')).toBe(true);
    for (const odd of ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59'])
      expect(accepts(odd), odd).toBe(false);
  });
});
