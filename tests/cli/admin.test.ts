import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder, until, zipOf } from '@inference/testing';
import { describe, expect, it, vi } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';
import { runInfer } from './run-infer.ts';

vi.setConfig({ testTimeout: 120_000 });

const KEY = 'a-key-of-the-admin-with-many-characters';
const shared = sharedServer({ ADMIN_KEY: KEY });
const as = (token: string) => ({ environment: { INFERENCE_URL: shared().url, INFERENCE_TOKEN: token } });
const infer = (...args: string[]) => runInfer(args, as(KEY));

describe('infer keys', () => {
  it('makes a key whose secret comes alone with -o name, and works', async () => {
    const { code, out, err } = await infer('keys', 'create', '--owner', 'ada', '--name', 'laptop', '--expires', '30d', '-o', 'name');
    expect(code, err).toBe(0);
    expect(out).toMatch(/^isk_\w{8}_[\w-]{43}\n$/);
    expect(err).not.toContain(out.trim());
    const secret = out.trim();
    expect(await runInfer(['models', 'list', '-o', 'name'], as(secret))).toMatchObject({ code: 0 });
    // It may send and read, and nothing more.
    expect(await runInfer(['keys', 'list'], as(secret))).toMatchObject({ code: 4 });
  });

  it('lists, shows, rotates and revokes', async () => {
    const flags = [
      '--owner',
      'bob',
      '--name',
      'nightly',
      '--scope',
      'submit',
      '--requests-per-minute',
      '600',
      '--running-tasks',
      '2',
      '--expires',
      '2098-01-31',
    ];
    const { prefix, secret } = JSON.parse((await infer('keys', 'create', ...flags, '-o', 'json')).out) as {
      prefix: string;
      secret: string;
    };
    expect((await infer('keys', 'list')).out).toMatch(new RegExp(`^${prefix} +bob +nightly +submit +good`, 'm'));
    const shown = (await infer('keys', 'get', prefix)).out;
    expect(shown).toMatch(/^Limits +600 requests a minute, 2 tasks that run$/m);
    expect(shown).toMatch(/^Expires +2098-01-31T00:00:00\.000Z$/m);
    expect(shown).not.toContain(secret);

    const rotated = (await infer('keys', 'rotate', prefix, '--grace', '0', '-o', 'name')).out.trim();
    const me = async (token: string) => (await runInfer(['api', 'GET', 'me'], as(token))).code;
    expect([await me(secret), await me(rotated)]).toEqual([4, 0]);
    expect(await infer('keys', 'revoke', prefix)).toMatchObject({ code: 0, err: `${prefix}: revoked\n` });
    expect(await me(rotated)).toBe(4);
    expect((await infer('keys', 'get', prefix, '-o', 'json')).out).toContain('"revoked_at": "20');
  });

  it('changes what was named of a key, and leaves the rest and the secret', async () => {
    const made = JSON.parse(
      (await infer('keys', 'create', '--owner', 'eve', '--name', 'old', '--queued-tasks', '3', '--expires', '30d', '-o', 'json')).out,
    );
    const changed = await infer(
      'keys',
      'change',
      made.prefix,
      '--name',
      'new',
      '--expires',
      'none',
      '--requests-per-minute',
      '60',
      '-o',
      'json',
    );
    expect(JSON.parse(changed.out), changed.err).toMatchObject({
      name: 'new',
      scopes: ['submit', 'read'],
      expires_at: null,
      limits: { queued_tasks: 3, requests_per_minute: 60 },
    });
    const further = await infer(
      'keys',
      'change',
      made.prefix,
      '--queued-tasks',
      'none',
      '--running-tasks',
      '4',
      '--scope',
      'read',
      '-o',
      'json',
    );
    expect(JSON.parse(further.out)).toMatchObject({
      scopes: ['read'],
      limits: { queued_tasks: null, running_tasks: 4, requests_per_minute: 60 },
    });
    expect((await runInfer(['api', 'GET', 'me'], as(made.secret))).code).toBe(0);
    expect((await infer('keys', 'change', made.prefix)).code).toBe(2);
    expect((await infer('keys', 'change', 'aaaaaaaa', '--name', 'x')).code).toBe(5);
  });

  it('ends with 5 for a key that is not there, and 2 for what cannot be understood', async () => {
    for (const args of [
      ['get', 'aaaaaaaa'],
      ['revoke', 'aaaaaaaa'],
      ['rotate', 'aaaaaaaa'],
    ])
      expect((await infer('keys', ...args)).code, args.join(' ')).toBe(5);
    const base = ['keys', 'create', '--owner', 'x', '--name', 'y'];
    for (const more of [
      ['--expires', 'soon'],
      ['--expires', '2030-13-45'],
      ['--scope', 'everything'],
      ['--queued-tasks', '0'],
    ])
      expect((await infer(...base, ...more)).code, more.join(' ')).toBe(2);
  });
});

describe('what operators and admins look at', () => {
  it('is consumers, as a list and one by one', async () => {
    expect((await infer('consumers', 'list')).out).toMatch(/^standalone +process,docker-cpu,docker-gpu /m);
    expect(JSON.parse((await infer('consumers', 'get', 'standalone', '-o', 'json')).out)).toMatchObject({ id: 'standalone', running: 0 });
    expect((await infer('consumers', 'get', 'nobody')).code).toBe(5);
  });

  it('is the queue, in every format', async () => {
    expect((await infer('queue')).out).toMatch(/^POOL +QUEUED +RUNNING +OLDEST WAITS +CONSUMERS\n/);
    expect((await infer('queue', '-o', 'name')).out).toContain('docker-cpu\n');
    expect(JSON.parse((await infer('queue', '-o', 'json')).out)).toHaveLength(3);
    expect((await infer('queue', '-o', 'yaml')).out).toContain('- pool: process\n');
  });

  it('is the audit, newest first, as much as was asked for', async () => {
    for (const name of ['one', 'two', 'three']) await infer('keys', 'create', '--owner', 'audited', '--name', name);
    const lines = (await infer('audit', '--limit', '2', '-o', 'jsonl')).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { action: 'key.made', actor: 'admin', detail: { name: 'three' } },
      { action: 'key.made', detail: { name: 'two' } },
    ]);
    expect((await infer('audit')).out).toMatch(/^AT +ACTOR +KEY +ACTION +SUBJECT\n.*key\.made/);
  });
});

describe('infer api', () => {
  it('sends fields in the address or as JSON, and prints what comes', async () => {
    expect(JSON.parse((await infer('api', 'get', 'me')).out)).toMatchObject({ owner: 'admin' });
    expect(JSON.parse((await infer('api', 'GET', '/api/v1/models', '-f', 'limit=1')).out).items).toHaveLength(1);
    const changed = await infer('api', 'PATCH', 'models/slow-echo', '-f', 'disabled=true');
    expect(JSON.parse(changed.out)).toMatchObject({ id: 'slow-echo', disabled: true });
    await infer('api', 'PATCH', 'models/slow-echo', '-f', 'disabled=false');
  });

  it('sends a file or stdin as the body, and prints status and headers where asked', async () => {
    const cwd = await testFolder();
    const zip = await zipOf({ 'in.txt': 'hello' });
    await writeFile(join(cwd, 'in.zip'), zip);
    const sent = await runInfer(['api', 'POST', 'models/word-count/tasks', '--input', 'in.zip', '-i'], { ...as(KEY), cwd });
    expect(sent.out, sent.err).toMatch(/^HTTP 202\n[\s\S]*\ncontent-type: application\/json[\s\S]*\n\n\{"id":/);
    const piped = await runInfer(['api', 'POST', 'models/word-count/tasks', '--input', '-', '--type', 'application/zip'], {
      ...as(KEY),
      stdin: Buffer.from(zip),
    });
    expect(JSON.parse(piped.out)).toMatchObject({ model: 'word-count' });
  });

  it('never leaves the server that has the key, and ends as the refusal says', async () => {
    for (const path of ['@example.test/', '//example.test/x', 'https://example.test/'])
      expect(await infer('api', 'GET', path), path).toMatchObject({ code: 5 });
    expect((await infer('api', 'GET', 'tasks/none')).code).toBe(5);
    expect((await infer('api', 'BREW', 'tea')).code).toBe(2);
    expect((await infer('api', 'POST', 'models', '--input', 'nowhere.json')).code).toBe(2);
    expect((await infer('api', 'POST', 'models', '--input', 'x', '-f', 'a=1')).code).toBe(2);
  });
});

describe('infer bench', () => {
  it('runs as many tasks as it was told, and sums up what they took', async () => {
    const cwd = await testFolder();
    await writeFile(join(cwd, 'a.txt'), 'one two');
    const { code, out, err } = await runInfer(['bench', 'word-count', 'a.txt', '-n', '5', '-p', '3', '-o', 'json'], { ...as(KEY), cwd });
    expect(code, err).toBe(0);
    const result = JSON.parse(out) as Record<string, number>;
    expect(result).toMatchObject({ model: 'word-count', tasks: 5, parallel: 3, failed: 0 });
    expect(result['p50_seconds']).toBeGreaterThan(0);
    expect(result['p95_seconds']).toBeGreaterThanOrEqual(result['p50_seconds'] ?? Number.NaN);
    expect(result['tasks_per_second']).toBeCloseTo(5 / (result['seconds'] ?? 0));
    const tasks = (await infer('tasks', 'list', '--label', 'bench=infer', '-o', 'name')).out.trim().split('\n');
    expect(tasks).toHaveLength(5);
  });

  it('ends with 3 where tasks fail, and 2 where more is asked than it does', async () => {
    const cwd = await testFolder();
    await writeFile(join(cwd, 'slow-echo.json'), '{"seconds": 0, "fail": true}');
    const failed = await runInfer(['bench', 'slow-echo', 'slow-echo.json', '-n', '2'], { ...as(KEY), cwd });
    expect(failed).toMatchObject({ code: 3, out: expect.stringContaining('2 failed') });
    expect((await infer('bench', 'slow-echo', 'x', '-n', '10001')).code).toBe(2);
  });
});

describe('infer help', () => {
  it('shows what exit codes mean, and the page of a command', async () => {
    expect((await runInfer(['help', 'exit-codes'])).out).toMatch(/^ +3 +the task failed$/m);
    const page = await runInfer(['models', 'add', '--help']);
    expect((await runInfer(['help', 'models', 'add'])).out).toBe(page.out);
    expect(page.out).toMatch(/^Examples:\n {2}infer models add /);
    expect((await runInfer(['help'])).out).toContain('doctor');
    expect(await runInfer(['help', 'modles'])).toMatchObject({ code: 2 });
  });
});

it('infer consumers forget takes a consumer off the list; one that runs comes back with its next hello', async () => {
  const seen = async () => {
    const forgotten = await infer('consumers', 'forget', 'standalone');
    const after = [await infer('consumers', 'get', 'standalone'), await infer('consumers', 'forget', 'standalone')];
    return { said: forgotten.err, codes: [forgotten, ...after].map(({ code }) => code).join() };
  };
  // A hello that comes between two of them, once a minute, begins it again.
  const told = await until(
    'three commands without a hello between them',
    async () => {
      const { said, codes } = await seen();
      return codes === '0,5,5' && said;
    },
    100_000,
  );
  expect(told).toContain('standalone: forgotten');
});
