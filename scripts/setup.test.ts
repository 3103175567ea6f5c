import { spawn } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig as readConsumer } from '@inference/consumer';
import { has, testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

const SETUP = join(import.meta.dirname, 'setup.ts');
const SECRETS = ['ADMIN_KEY', 'CONSUMER_KEY', 'RELAY_TOKEN', 'POSTGRES_PASSWORD', 'RABBITMQ_PASSWORD'];

type Ran = { readonly code: number | null; readonly output: string };

/** Runs the command in a folder; on a terminal, the answers are typed when it asks. */
async function setup(folder: string, { args = [] as string[], answers = null as string[] | null } = {}): Promise<Ran> {
  const command = answers === null ? process.execPath : 'script';
  const rest = answers === null ? [SETUP, ...args] : ['-qec', [process.execPath, SETUP, ...args].join(' '), '/dev/null'];
  const child = spawn(command, rest, { cwd: folder, stdio: [answers === null ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  onTestFinished(() => void child.kill('SIGKILL'));
  let end: number | null | undefined;
  child.once('exit', (code) => (end = code));
  const ended = () => end !== undefined;
  for (const [index, answer] of (answers ?? []).entries()) {
    await until(`question ${index + 1}`, () => ended() || (output.match(/\]: /g)?.length ?? 0) > index);
    child.stdin?.write(answer);
  }
  await until('its end', ended);
  return { code: end ?? null, output };
}

async function environmentOf(folder: string): Promise<Record<string, string>> {
  const lines = (await readFile(join(folder, '.env'), 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.split('=')[0], line.split('=').slice(1).join('=')]));
}

describe('npm run setup', () => {
  it('asks nothing without a terminal, and takes the defaults', async () => {
    const folder = await testFolder();
    const { code, output } = await setup(folder);
    expect(code).toBe(0);
    const environment = await environmentOf(folder);
    expect(environment).toMatchObject({ DOMAIN: 'localhost', LEGACY_ANONYMOUS: '0', HTTP_PORT: '80', HTTPS_PORT: '443' });
    expect(environment).toHaveProperty('WORK_DIR');
    expect(output).toContain('docker compose up');
  });

  it('makes secrets that are long, URL-safe and never the same, and prints none of them', async () => {
    const [one, other] = [await testFolder(), await testFolder()];
    const { output } = await setup(one);
    await setup(other);
    const all = [await environmentOf(one), await environmentOf(other)].flatMap((environment) => SECRETS.map((name) => environment[name]));
    for (const secret of all) expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(new Set(all).size).toBe(all.length);
    for (const secret of all) expect(output).not.toContain(secret);
    expect(output).toContain('ADMIN_KEY in .env');
  });

  it('writes a file that only its owner can read, and leaves nothing else', async () => {
    const folder = await testFolder();
    await setup(folder);
    expect((await stat(join(folder, '.env'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['.env']);
  });

  it('takes what the command line says', async () => {
    const folder = await testFolder();
    await setup(folder, { args: ['--domain', 'models.lab.example', '--legacy-anonymous'] });
    expect(await environmentOf(folder)).toMatchObject({ DOMAIN: 'models.lab.example', LEGACY_ANONYMOUS: '1' });
  });

  it.each([[['--domain', 'https://lab.example']], [['--domain', 'a b']], [['--domian', 'x']], [['--domain', '-x']]])(
    'refuses %j, and writes nothing',
    async (args) => {
      const folder = await testFolder();
      expect((await setup(folder, { args })).code).toBe(2);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it('overwrites nothing, and says what to do', async () => {
    const folder = await testFolder();
    await writeFile(join(folder, '.env'), 'mine');
    const { code, output } = await setup(folder);
    expect([code, await readFile(join(folder, '.env'), 'utf8')]).toEqual([1, 'mine']);
    expect(output).toContain('move .env away');
    expect(await readdir(folder)).toEqual(['.env']);
  });

  it('lets one of two that run at the same time win', async () => {
    const folder = await testFolder();
    const codes = await Promise.all([setup(folder), setup(folder), setup(folder)]);
    expect(codes.map(({ code }) => code).sort()).toEqual([0, 1, 1]);
    expect(await readdir(folder)).toEqual(['.env']);
  });

  it('makes secrets that the services take', async () => {
    const folder = await testFolder();
    await setup(folder);
    const { CONSUMER_KEY = '', WORK_DIR = '', RABBITMQ_PASSWORD } = await environmentOf(folder);
    const urls = { PRIVATE_API_URL: 'http://private-api:7421', RABBITMQ_URL: `amqp://inference:${RABBITMQ_PASSWORD}@rabbitmq:5672` };
    expect(readConsumer({ CONSUMER_KEY, WORK_DIR, ...urls })).toMatchObject({ ok: true });
  });

  it('is kept out of the repository and of images', async () => {
    const read = (name: string) => readFile(join(import.meta.dirname, '..', name), 'utf8');
    expect((await read('.gitignore')).split('\n')).toContain('.env');
    // Everything is kept out of images but what is named.
    const [first, ...named] = (await read('.dockerignore')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect([first, named.filter((line) => line.startsWith('!') && line.includes('.env'))]).toEqual(['*', []]);
  });
});

describe.skipIf(!has('terminal'))('npm run setup on a terminal', () => {
  it('asks for what is not given, and again when an answer will not do', async () => {
    const folder = await testFolder();
    const { code, output } = await setup(folder, { answers: ['http://x\r', 'lab.example\r', 'y\r'] });
    expect(code).toBe(0);
    expect(output).toContain('without http://');
    expect(await environmentOf(folder)).toMatchObject({ DOMAIN: 'lab.example', LEGACY_ANONYMOUS: '1' });
  });

  it('takes the defaults for empty answers', async () => {
    const folder = await testFolder();
    await setup(folder, { answers: ['\r', '\r'] });
    expect(await environmentOf(folder)).toMatchObject({ DOMAIN: 'localhost', LEGACY_ANONYMOUS: '0' });
  });

  it('asks nothing where all is given', async () => {
    const folder = await testFolder();
    const { code } = await setup(folder, { args: ['--domain', 'a.example', '--legacy-anonymous'], answers: [] });
    expect(code).toBe(0);
  });

  it.each(['\u0003', '\u0004'])('writes nothing when it is ended with %j', async (key) => {
    const folder = await testFolder();
    const { code, output } = await setup(folder, { answers: [key] });
    expect([code, await readdir(folder)]).toEqual([1, []]);
    expect(output).toContain('Nothing was written');
  });
});
