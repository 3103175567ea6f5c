import { z } from 'zod';
import { secretFault } from './secret-fault.ts';

/** Anything; what is empty counts as not set. */
export const text = z.string();

/** Names with commas between them. */
export const names = z.string().transform((value) =>
  value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
);

/** 1 or 0. */
export const flag = z.enum(['0', '1', 'true', 'false'], 'must be 1 or 0').transform((value) => value === '1' || value === 'true');

/** A whole number between two bounds, both included. */
export function wholeNumber(least: number, most: number) {
  return z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);
}

/** What a service listens on; 0 takes any that is free. */
export const port = wholeNumber(0, 65_535);

/** A key or token that this installation has made for itself. */
export const secret = z.string().superRefine((value, context) => {
  const fault = secretFault(value);
  if (fault !== null) context.addIssue({ code: 'custom', message: fault });
});

/** Where another service of ours is. */
export const httpUrl = z.string().transform((value, context) => {
  const url = URL.parse(value);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  context.addIssue({ code: 'custom', message: 'must be an address such as http://private-api:7421, without a user or password in it' });
  return z.NEVER;
});

/** Where RabbitMQ is, with the password in it. */
export const rabbitUrl = z.string().superRefine((value, context) => {
  const url = URL.parse(value);
  if (url !== null && /^amqps?:$/.test(url.protocol) && url.hostname !== '') return;
  context.addIssue({ code: 'custom', message: 'must look like amqp://USER:PASSWORD@HOST:5672, or amqps://...' });
});

/** What a service logs. */
export const logLevel = z.enum(
  ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
  'must be a level of pino: error, warn, info, debug ...',
);
