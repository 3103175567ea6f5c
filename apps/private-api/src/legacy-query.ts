import { AppError, type FieldError } from '@inference/domain';

const TRUE = new Set(['true', '1', 'on', 'yes', 't', 'y']);
const FALSE = new Set(['false', '0', 'off', 'no', 'f', 'n']);

/** Reads the query of a legacy route and gathers what is wrong with it, in FastAPI's shape; `finish` throws if anything was. */
export class LegacyQuery {
  readonly #query: Readonly<Record<string, unknown>>;
  readonly #errors: FieldError[] = [];

  constructor(query: Readonly<Record<string, unknown>>) {
    this.#query = query;
  }

  has(name: string): boolean {
    return this.#text(name) !== null;
  }

  /** A text that must be there, under the first of these names that is. */
  required(...names: [string, ...string[]]): string {
    for (const name of names) {
      const value = this.#text(name);
      if (value !== null) return this.#savable(name, value);
    }
    this.wrong(names[0], 'field required', 'value_error.missing');
    return '';
  }

  optional(name: string, otherwise: string): string {
    const value = this.#text(name);
    return value === null ? otherwise : this.#savable(name, value);
  }

  /** true, 1, on, yes, t, y and their opposites, in any case. */
  boolean(name: string, otherwise: boolean): boolean {
    const value = this.#text(name)?.toLowerCase();
    if (value === undefined) return otherwise;
    if (TRUE.has(value) || FALSE.has(value)) return TRUE.has(value);
    this.wrong(name, 'value could not be parsed to a boolean', 'type_error.bool');
    return otherwise;
  }

  /** A whole number within bounds, or null when it is not there. */
  integer(name: string, least: number, most: number): number | null {
    const text = this.#text(name);
    if (text === null) return null;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    this.wrong(name, `value is not a whole number from ${least} to ${most}`, 'type_error.integer');
    return null;
  }

  wrong(name: string, msg: string, type = 'value_error'): void {
    this.#errors.push({ loc: ['query', name], msg, type });
  }

  finish(): void {
    if (this.#errors.length > 0) throw new AppError('invalid_request', undefined, { fields: this.#errors });
  }

  /** Postgres knows no NUL. */
  #savable(name: string, value: string): string {
    if (value.includes('\0')) this.wrong(name, 'may have no NUL character');
    return value;
  }

  #text(name: string): string | null {
    const value = this.#query[name];
    const single = Array.isArray(value) ? value.at(-1) : value;
    return typeof single === 'string' && single !== '' ? single : null;
  }
}
