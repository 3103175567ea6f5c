// Documents that can drift are compared with what they speak of.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandReference } from '../apps/cli/src/command-reference.ts';
import { configurationPage } from './configuration-page.ts';

const root = join(import.meta.dirname, '..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');

describe('the documents', () => {
  it('name files that exist, in the map of ARCHITECTURE.md', () => {
    const paths = [...read('ARCHITECTURE.md').matchAll(/`((?:apps|packages|prisma|scripts|examples|tests|docs)\/[\w./-]+)`/g)].map(
      (match) => String(match[1]),
    );
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('link to files that exist', () => {
    const documents = [
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => `docs/${name}`),
    ];
    const broken = documents.flatMap((document) =>
      [...read(document).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map((match) => join(dirname(document), String(match[1])))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${document}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('name npm commands that exist, in CONTRIBUTING.md', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read('CONTRIBUTING.md').matchAll(/`npm (?:run )?([\w:-]+)/g)].map((match) => String(match[1]));
    expect([...new Set(named)].filter((name) => scripts[name] === undefined)).toEqual([]);
    expect(Object.keys(scripts).filter((name) => !named.includes(name))).toEqual([]);
  });

  it('list every setting of every service as its declaration says it (npm run write-docs prints them)', () => {
    expect(read('docs/configuration.md')).toBe(configurationPage());
  });

  it('tell of every command of infer as its declaration does (npm run write-docs prints them)', () => {
    expect(read('docs/cli/commands.md')).toBe(commandReference());
  });
});
