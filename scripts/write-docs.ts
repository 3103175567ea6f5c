// Writes the documents that are printed from the code:
//
//   npm run write-docs

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandReference } from '../apps/cli/src/command-reference.ts';
import { configurationPage } from './configuration-page.ts';

const pages = { 'configuration.md': configurationPage(), 'cli/commands.md': commandReference() };
for (const [name, text] of Object.entries(pages)) {
  const file = join(import.meta.dirname, '..', 'docs', name);
  writeFileSync(file, text);
  console.log(`Wrote ${file}.`);
}
