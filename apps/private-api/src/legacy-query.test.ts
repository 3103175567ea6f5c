import { describe, expect, it } from 'vitest';
import { LegacyQuery } from './legacy-query.ts';

describe('the query of a legacy route', () => {
  it('may have no NUL, which the database could not save', () => {
    const query = new LegacyQuery({ description: 'a\0b', id: '\0' });
    query.optional('description', '');
    query.required('id');
    expect(() => query.finish()).toThrow(
      expect.objectContaining({ code: 'invalid_request', fields: [expect.anything(), expect.anything()] }),
    );
  });
});
