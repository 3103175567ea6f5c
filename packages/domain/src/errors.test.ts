import { describe, expect, it } from 'vitest';
import { AppError, ERRORS, type ErrorCode } from './errors.ts';
import { readDocTable } from './testing/read-doc-table.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];

describe('the catalogue of errors', () => {
  it.each(CODES)('has a status of an error and a sentence for %s', (code) => {
    const { status, message } = ERRORS[code];
    expect((status >= 400 && status < 500) || status === 500 || status === 503 || status === 507 || (status >= 551 && status <= 554)).toBe(
      true,
    );
    expect(message).toMatch(/^[A-Z].{8,}/);
    expect(code).toMatch(/^[a-z][a-z0-9_]+$/);
  });

  it('keeps the statuses that zips are refused with: 400 malformed, 413 over a limit, 415 unsupported, 422 forbidden', () => {
    const statuses = CODES.filter((code) => code.startsWith('zip_')).map((code) => ERRORS[code].status);
    expect([...new Set<number>(statuses)].sort()).toEqual([400, 413, 415, 422]);
  });
});

describe('an error for users', () => {
  it('takes status and sentence from the catalogue', () => {
    const error = new AppError('model_exists');
    expect(error).toMatchObject({ name: 'AppError', code: 'model_exists', status: 409, message: ERRORS.model_exists.message, fields: [] });
    expect(error).toBeInstanceOf(Error);
    expect('cause' in error).toBe(false);
  });

  it('carries a more exact sentence, its cause and the wrong fields', () => {
    const cause = new Error('disk');
    const fields = [{ loc: ['query', 'use_gpu'], msg: 'is not a boolean', type: 'type_error.bool' }] as const;
    expect(new AppError('invalid_request', 'use_gpu is wrong.', { cause, fields })).toMatchObject({
      status: 422,
      message: 'use_gpu is wrong.',
      cause,
      fields,
    });
  });
});

describe('docs/errors.md', () => {
  it('lists every code of the catalogue once, and no other', async () => {
    const listed = (await readDocTable('errors.md', 'Code')).map(([code]) => code ?? '');
    expect(
      CODES.filter((code) => !listed.includes(code)),
      'codes of ERRORS that docs/errors.md has no row for: add one',
    ).toEqual([]);
    expect(
      listed.filter((code) => !Object.hasOwn(ERRORS, code)),
      'codes in docs/errors.md that ERRORS does not have: remove the row',
    ).toEqual([]);
    expect(
      listed.filter((code, at) => listed.indexOf(code) !== at),
      'codes that docs/errors.md lists twice',
    ).toEqual([]);
  });

  it('gives the status and the sentence of each, and says what to do', async () => {
    for (const [code = '', status, says, meaning] of await readDocTable('errors.md', 'Code')) {
      const error = ERRORS[code as ErrorCode];
      expect({ status, says }, `docs/errors.md, row ${code}: compare it with ERRORS`).toEqual({
        status: String(error?.status),
        says: error?.message,
      });
      expect(meaning, `docs/errors.md, row ${code}: the last column says what to do`).toMatch(/^[A-Z].{15,}\.$/);
    }
  });
});
