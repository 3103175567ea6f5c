// The snippets of docs/clients/typescript.md are run, and what it lists is what there is.

import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as client from '@inference/client';
import { testFolder } from '@inference/testing';
import { expect, it } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const page = await readFile(join(root, 'docs', 'clients', 'typescript.md'), 'utf8');
const shared = sharedServer();

it('five lines give a result', async () => {
  const [, snippet = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(page) ?? [];
  expect(
    snippet
      .trim()
      .split('\n')
      .filter((line) => line !== '').length,
  ).toBeLessThanOrEqual(5);
  const cwd = await testFolder();
  await mkdir(join(cwd, 'texts'));
  await writeFile(join(cwd, 'texts', 'a.txt'), 'one two\n');
  // Where the package is found from.
  await writeFile(
    join(cwd, 'try.ts'),
    snippet.replace('http://127.0.0.1:7420', shared().url).replace('@inference/client', join(root, 'packages/client/src/index.ts')),
  );
  await run(process.execPath, ['try.ts'], { cwd });
  expect((await readFile(join(cwd, 'output.zip'))).subarray(0, 2).toString()).toBe('PK');
});

it('names every method and error', () => {
  const to = new client.Client({ url: 'http://nowhere' });
  const methods = [to.tasks, to.models, to.keys, to].flatMap((part) => Object.getOwnPropertyNames(Object.getPrototypeOf(part)));
  const errors = Object.keys(client).filter((name) => /Error$|Timeout$/.test(name));
  const missing = [...methods, ...errors].filter((name) => name !== 'constructor' && !page.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});
