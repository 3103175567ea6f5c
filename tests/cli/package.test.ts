// The package as it is published: packed by npm, run by whoever has nothing but Node.

import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testFolder } from '@inference/testing';
import { expect, it } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..', 'apps', 'cli');
const LIMIT_MS = 180_000;
/** The file is read whole each time a command starts. */
const BYTES_MAX = 1024 * 1024;

const shared = sharedServer();

it(
  'the packed command line is one file without dependencies, which node and npx run with no network',
  async () => {
    const folder = await testFolder();
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT });
    const [{ filename, files }] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string; files: { path: string }[] }];
    expect(files.map(({ path }) => path).sort()).toEqual(['README.md', 'dist/LICENSES.txt', 'dist/infer.mjs', 'package.json']);

    await run('tar', ['-xzf', join(folder, filename), '-C', folder]);
    const manifest = JSON.parse(await readFile(join(folder, 'package', 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ bin: { infer: 'dist/infer.mjs' }, engines: { node: '>=24' } });
    expect(manifest.dependencies).toBeUndefined();
    const bin = join(folder, 'package', 'dist', 'infer.mjs');
    expect((await stat(bin)).size).toBeLessThan(BYTES_MAX);
    const text = await readFile(bin, 'utf8');
    expect(text).toMatch(/^#!\/usr\/bin\/env node\n/);
    // Node 20 can read it, and so says which Node is needed; it does not know this word.
    expect(text).not.toMatch(/^\s*(?:await )?using \w+ =/m);

    const cwd = await testFolder();
    const env = { PATH: process.env['PATH'], HOME: cwd, npm_config_offline: 'true', npm_config_yes: 'true' };
    const version = await run(process.execPath, [bin, '--version'], { cwd, env });
    expect(version.stdout).toBe(`${manifest.version}\n`);
    const listed = await run(process.execPath, [bin, 'models', 'list', '-o', 'name', '--url', shared().url], { cwd, env });
    expect(listed.stdout).toContain('word-count\n');
    const word = await run(process.execPath, [bin, 'run', 'word-count', bin, '-O', 'out', '--url', shared().url], { cwd, env });
    expect(word.stdout).toBe(`${join(cwd, 'out')}\n`);
    expect(await readdir(join(cwd, 'out'))).toEqual(['word-count.csv']);
    const npx = await run('npx', [`./${filename}`, '--version'], { cwd: folder, env });
    expect(npx.stdout).toBe(`${manifest.version}\n`);
  },
  LIMIT_MS,
);
