import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { has, testFolder, until } from '@inference/testing';
import { describe, expect, it, vi } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';
import { runInfer } from './run-infer.ts';

vi.setConfig({ testTimeout: 120_000 });

const KEY = 'a-key-of-the-admin-with-many-characters';
const MAIN = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'src', 'main.ts');
const shared = sharedServer({ ADMIN_KEY: KEY });

async function home() {
  const folder = await testFolder();
  const environment = { XDG_CONFIG_HOME: folder };
  const file = join(folder, 'infer', 'profiles.json');
  const infer = (args: string[], stdin?: string) => runInfer(args, { environment, stdin });
  return { environment, file, infer, saved: async () => JSON.parse(await readFile(file, 'utf8')) as unknown };
}

describe('infer profile', () => {
  it('saves a server and a key for its owner only; the first one is used from then on', async () => {
    const { infer, file, saved } = await home();
    const { code, out, err } = await infer(['profile', 'add', 'lab', '--url', `${shared().url}/`, '--token-stdin'], `${KEY}\n`);
    expect({ code, out }, err).toEqual({ code: 0, out: '' });
    expect(err).toContain('You are admin there: submit, read, operate, admin');
    expect(await saved()).toEqual({ current: 'lab', profiles: { lab: { url: shared().url, token: KEY } } });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(file, '..'))).toEqual(['profiles.json']);
    expect(JSON.parse((await infer(['api', 'GET', 'me'])).out)).toMatchObject({ owner: 'admin' });
  });

  it('lists them without keys, changes the current one, and forgets one', async () => {
    const { infer, saved } = await home();
    await infer(['profile', 'add', 'here', '--url', shared().url, '--token-stdin'], KEY);
    await infer(['profile', 'add', 'far', '--url', 'http://name.test']);
    const { out } = await infer(['profile', 'list', '-o', 'json']);
    expect(JSON.parse(out)).toEqual([
      { name: 'here', url: shared().url, key: true, current: true },
      { name: 'far', url: 'http://name.test', key: false, current: false },
    ]);
    expect((await infer(['profile', 'use', 'far'])).code).toBe(0);
    expect((await infer(['profile', 'current', '-o', 'name'])).out).toBe('far\n');
    expect((await infer(['profile', 'rm', 'far'])).code).toBe(0);
    expect(await saved()).toMatchObject({ current: null, profiles: { here: {} } });
    expect((await infer(['profile', 'current'])).code).toBe(5);
    for (const verb of ['use', 'rm'])
      expect(await infer(['profile', verb, 'far'])).toMatchObject({ code: 2, err: expect.stringContaining('There are: here.') });
  });

  it('writes over none without --yes, and saves no name or address that is none', async () => {
    const { infer, saved } = await home();
    await infer(['profile', 'add', 'lab', '--url', 'http://name.test']);
    expect((await infer(['profile', 'add', 'lab', '--url', 'http://other.test'])).code).toBe(2);
    expect((await infer(['profile', 'add', 'lab', '--url', 'http://other.test', '--yes'])).code).toBe(0);
    expect(await saved()).toMatchObject({ profiles: { lab: { url: 'http://other.test' } } });
    for (const args of [['a b', '--url', 'http://x.test'], ['__proto__', '--url', 'http://x.test'], ['x', '--url', 'ftp://x'], ['x']])
      expect((await infer(['profile', 'add', ...args])).code, args.join(' ')).toBe(2);
  });

  it('closes a file that others could read when it saves', async () => {
    const { infer, file } = await home();
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, '{"current": null, "profiles": {}}');
    await chmod(file, 0o644);
    await infer(['profile', 'add', 'lab', '--url', 'http://name.test']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it.skipIf(!has('terminal'))('asks for the key on a terminal, and does not show it', async () => {
    const { environment, saved } = await home();
    const command = `'${process.execPath}' '${MAIN}' profile add lab --url ${shared().url}`;
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...environment },
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    const ended = new Promise((resolve) => child.once('close', resolve));
    await until('the question', () => text.includes('Key ('));
    child.stdin.write(`wrong\u007f\u007f\u007f\u007f\u007f${KEY}\r`);
    await ended;
    expect(await saved()).toMatchObject({ profiles: { lab: { token: KEY } } });
    expect(text).not.toContain(KEY.slice(0, 5));
  });
});
