import { V1_REPEATED } from '@inference/contracts';
import type { Request } from 'express';
import type { z } from 'zod';
import { checkFields } from './check-fields.ts';

/** The query of a request as its schema has it. Names that the schema does not know are ignored. */
export function readQuery<Fields>(schema: z.ZodType<Fields>, { query }: Request): Fields {
  const entries = Object.entries(query).map(([name, value]) => {
    const all = [value].flat();
    return [name, V1_REPEATED.includes(name) ? all : all.at(-1)];
  });
  return checkFields(schema, 'query', Object.fromEntries(entries));
}

/** Labels that came as `name:value`. */
export function labelsOf(texts: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf(':');
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
