import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './test-environment.ts';

/** The shell commands of a section of a document: of all code blocks below that heading and before the next of its rank. */
export function documentCommands(document: string, heading: string): string[] {
  const text = readFileSync(join(ROOT, 'docs', document), 'utf8');
  const [rank = '#'] = heading.split(' ');
  const section = `\n${text}`.split(`\n${heading}\n`)[1]?.split(new RegExp(`^${rank} `, 'm'))[0];
  if (section === undefined) throw new Error(`${document} has no section "${heading}"`);
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => String(match[1]));
}
