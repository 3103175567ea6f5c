// Writes the documents that are printed from the code:
//
//   npm run write-docs

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationPage } from './configuration-page.ts';

const file = join(import.meta.dirname, '..', 'docs', 'configuration.md');
writeFileSync(file, configurationPage());
console.log(`Wrote ${file}.`);
