import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder, until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { serverProcess } from '../e2e/server-process.ts';
import { sharedServer } from '../e2e/test-server.ts';
import { runInfer } from './run-infer.ts';

const KEY = 'a-key-of-the-admin-with-many-characters';
/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';

describe('the server that infer speaks to', () => {
  const shared = sharedServer({ ADMIN_KEY: KEY });

  async function home({ profiles, project }: { profiles?: object; project?: object }) {
    const folder = await testFolder();
    const config = join(folder, 'config');
    await mkdir(join(config, 'infer'), { recursive: true });
    if (profiles !== undefined) await writeFile(join(config, 'infer', 'profiles.json'), JSON.stringify(profiles), { mode: 0o600 });
    if (project !== undefined) await writeFile(join(folder, '.inference.json'), JSON.stringify(project));
    const cwd = join(folder, 'deep', 'down');
    await mkdir(cwd, { recursive: true });
    return { cwd, environment: { XDG_CONFIG_HOME: config } };
  }
  /** Which server a command would ask, and as whom it is known there. */
  async function asked(args: string[], options: Parameters<typeof runInfer>[1]) {
    const { err } = await runInfer(['models', 'list', '-v', '--timeout', '1', ...args], options);
    return /server (\S+) \((.+)\), infer/.exec(err)?.slice(1);
  }

  it('is the one of the flag, the environment, the project, the current profile, and else the usual one, in this order', async () => {
    const profiles = { current: 'lab', profiles: { lab: { url: 'http://lab.test' }, far: { url: 'http://far.test' } } };
    const all = await home({ profiles, project: { url: 'http://project.test' } });
    const environment = { ...all.environment, INFERENCE_URL: 'http://environment.test' };
    // Names below .test lead nowhere, and every one of these commands says whom it asks before it asks.
    const url = async (args: string[], options: Parameters<typeof runInfer>[1]) => (await asked(args, options))?.[0];
    expect(await url(['--url', 'http://flag.test'], { ...all, environment })).toBe('http://flag.test');
    expect(await url(['--profile', 'far'], { ...all, environment })).toBe('http://far.test');
    expect(await url([], { ...all, environment })).toBe('http://environment.test');
    expect(await url([], { ...all, environment: { ...all.environment, INFERENCE_PROFILE: 'far' } })).toBe('http://far.test');
    expect(await url([], all)).toBe('http://project.test');
    expect(await url([], await home({ profiles }))).toBe('http://lab.test');
    expect(await url([], await home({}))).toBe('http://127.0.0.1:7420');
  }, 120_000);

  it('is the one that runs on this machine, on whatever port, until it stops', async () => {
    const folder = await testFolder();
    const state = join(folder, 'state');
    const server = serverProcess(['--port', '0', '--data-dir', join(folder, 'data')], { XDG_STATE_HOME: state });
    await server.url();
    const environment = { XDG_STATE_HOME: state };
    const { code, out, err } = await runInfer(['models', 'list', '-o', 'name'], { environment });
    expect(code, err).toBe(0);
    expect(out).toContain('word-count');
    server.child.kill('SIGTERM');
    await server.exited();
    const after = await until('the usual address', async () => (await asked([], { environment }))?.[0]);
    expect(after).toBe('http://127.0.0.1:7420');
  }, 120_000);

  it('starts also where it cannot say where it is', async () => {
    const folder = await testFolder();
    await writeFile(join(folder, 'state'), 'no folder');
    const server = serverProcess(['--port', '0', '--data-dir', join(folder, 'data')], { XDG_STATE_HOME: join(folder, 'state') });
    await server.url();
    await until('the log to say so', async () => server.output().includes('cannot be written'));
  }, 120_000);

  it('gets the key that was saved for its address, and no other', async () => {
    // A key that is wrong shows that it was sent: the server refuses it (4). Without one, programs on its machine are served.
    const token = 'isk_this-is-no-key-of-that-server';
    const saved = (url: string) =>
      home({ profiles: { current: null, profiles: { mine: { url, token } } }, project: { url: shared().url } });
    expect((await runInfer(['models', 'list'], await saved(shared().url))).code).toBe(4);
    expect((await runInfer(['models', 'list'], await saved('http://far.test'))).code).toBe(0);
  }, 60_000);

  it('does not get the key of the environment where only the project names it', async () => {
    const wrong = await home({ project: { url: shared().url } });
    const environment = { ...wrong.environment, INFERENCE_TOKEN: 'isk_this-is-no-key-of-that-server' };
    // With the key it would be refused (4).
    expect((await runInfer(['models', 'list'], { ...wrong, environment })).code).toBe(0);
    expect((await runInfer(['models', 'list', '--url', shared().url], { ...wrong, environment })).code).toBe(4);
  }, 60_000);

  it('gets the key that comes on stdin', async () => {
    const args = ['models', 'rm', 'nothing', '--url', shared().url, '--token-stdin'];
    expect((await runInfer(args, { stdin: `${KEY}\n` })).code).toBe(5);
    expect((await runInfer(args, { stdin: 'wrong' })).code).toBe(4);
    expect((await runInfer(args, { stdin: 'two words' })).code).toBe(2);
  }, 60_000);

  it('is told when it cannot be reached, with what to do', async () => {
    const { code, out, err } = await runInfer(['tasks', 'cancel', 'x', '--url', 'http://name.test']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^infer: http:\/\/name\.test cannot be reached: /);
  }, 120_000);

  it('is refused where it is no address, holds a password, or its profile is unknown or unreadable', async () => {
    for (const url of ['gpu-box:7420', 'ftp://x', 'http://me:secret@x']) {
      const { code, err } = await runInfer(['models', 'list', '--url', url]);
      expect(code, url).toBe(2);
      expect(err).not.toContain('secret');
    }
    const { environment } = await home({ profiles: { current: null, profiles: { lab: { url: NOWHERE } } } });
    const { code, err } = await runInfer(['models', 'list', '--profile', 'lap'], { environment });
    expect({ code, err: err.includes('There are: lab.') }).toEqual({ code: 2, err: true });
    await writeFile(join(environment.XDG_CONFIG_HOME, 'infer', 'profiles.json'), 'broken');
    expect((await runInfer(['models', 'list'], { environment })).code).toBe(1);
    await chmod(join(environment.XDG_CONFIG_HOME, 'infer', 'profiles.json'), 0o600);
  }, 60_000);
});
