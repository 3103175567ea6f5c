import { InvalidArgumentError } from 'commander';

/** Reads one name=value, and adds it to those before. */
export function parseLabel(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write a label as name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
