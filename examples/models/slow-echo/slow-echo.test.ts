import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'slow-echo.mjs');

type Run = { exitCode: number; stdout: string; stderr: string; output: string };

async function run(input: string): Promise<Run> {
  const output = await testFolder();
  const env = { INPUT_DIR: input, OUTPUT_DIR: output };
  return await new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM], { env, timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ exitCode: Number(error?.code ?? (error === null ? 0 : -1)), stdout, stderr, output }),
    );
  });
}

async function inputOf(files: Record<string, string | Uint8Array>): Promise<string> {
  const input = await testFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(input, name)), { recursive: true });
    await writeFile(join(input, name), content);
  }
  return input;
}

/** Starts the program and waits until it has printed its first line. */
async function startRun(input: string) {
  const output = await testFolder();
  const child = spawn(process.execPath, [PROGRAM], { env: { INPUT_DIR: input, OUTPUT_DIR: output }, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const closed = once(child, 'close');
  let stdout = '';
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  await until('the first line', () => stdout.includes('\n'));
  return { child, closed, output, firstLine: stdout.split('\n')[0] };
}

describe('the slow-echo model', () => {
  it('copies its sample exactly, after the two seconds that the sample asks for', async () => {
    const sample = join(import.meta.dirname, 'sample');
    const startMs = performance.now();
    const { exitCode, stdout, stderr, output } = await run(sample);
    expect(performance.now() - startMs).toBeGreaterThan(2000);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(
      '::progress 0.00 0 of 2 seconds\n::progress 0.50 1 of 2 seconds\n::progress 1.00 2 of 2 seconds\ncopied the input to the output\n',
    );
    const names = (await readdir(sample, { recursive: true })).sort();
    expect(names).toEqual(['message.txt', 'notes', 'notes/folder.txt', 'slow-echo.json']);
    expect((await readdir(output, { recursive: true })).sort()).toEqual(names);
    for (const name of names.filter((each) => each.includes('.'))) {
      expect(await readFile(join(output, name))).toEqual(await readFile(join(sample, name)));
    }
  });

  it('copies bytes of any kind from read-only files, and leaves out links and pipes', async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => at % 256);
    const input = await inputOf({ 'a/b/data.bin': bytes, 'a/empty': '', 'slow-echo.json': '{"seconds":0}' });
    await symlink('/etc/hostname', join(input, 'link'));
    execFileSync('mkfifo', [join(input, 'pipe')]);
    await chmod(join(input, 'a', 'b', 'data.bin'), 0o444);
    const { exitCode, output } = await run(input);
    expect(exitCode).toBe(0);
    expect((await readdir(output, { recursive: true })).sort()).toEqual(['a', 'a/b', 'a/b/data.bin', 'a/empty', 'slow-echo.json']);
    expect(new Uint8Array(await readFile(join(output, 'a/b/data.bin')))).toEqual(bytes);
  });

  it('waits for three seconds when the input says nothing', async () => {
    const { firstLine } = await startRun(await inputOf({ 'a.txt': 'a' }));
    expect(firstLine).toBe('::progress 0.00 0 of 3 seconds');
  });

  it('waits for parts of a second', async () => {
    const { stdout, exitCode } = await run(await inputOf({ 'slow-echo.json': '{"seconds":0.2}' }));
    expect(exitCode).toBe(0);
    expect(stdout).toBe('::progress 0.00 0 of 0.2 seconds\n::progress 1.00 0.2 of 0.2 seconds\ncopied the input to the output\n');
  });

  it('ends with 143 at once when it is told to stop, and has copied nothing', async () => {
    const { child, closed, output } = await startRun(await inputOf({ 'slow-echo.json': '{"seconds":3600}' }));
    const startMs = performance.now();
    child.kill('SIGTERM');
    expect(await closed).toEqual([143, null]);
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect(await readdir(output)).toEqual([]);
  });

  it('ends with 3 and a sentence, without an output, when it is asked to fail', async () => {
    const { exitCode, stderr, output } = await run(await inputOf({ 'slow-echo.json': '{"seconds":0,"fail":true}', 'a.txt': 'a' }));
    expect(exitCode).toBe(3);
    expect(stderr).toBe('slow-echo.json asks for a failure: this is it.\n');
    expect(await readdir(output)).toEqual([]);
  });

  it.each([
    ['not json', 'slow-echo.json must be a JSON object, such as {"seconds": 3, "fail": false}.'],
    ['', 'slow-echo.json must be a JSON object, such as {"seconds": 3, "fail": false}.'],
    ['[3]', 'slow-echo.json must be a JSON object, such as {"seconds": 3, "fail": false}.'],
    ['null', 'slow-echo.json must be a JSON object, such as {"seconds": 3, "fail": false}.'],
    ['{"seconds":-1}', 'slow-echo.json: "seconds" must be a number from 0 to 3600.'],
    ['{"seconds":3600.1}', 'slow-echo.json: "seconds" must be a number from 0 to 3600.'],
    ['{"seconds":"3"}', 'slow-echo.json: "seconds" must be a number from 0 to 3600.'],
    ['{"seconds":null}', 'slow-echo.json: "seconds" must be a number from 0 to 3600.'],
    ['{"fail":1}', 'slow-echo.json: "fail" must be true or false.'],
    ['{"second":1}', 'slow-echo.json has an unknown field "second": it knows "seconds" and "fail".'],
    [' '.repeat(4097), 'slow-echo.json is larger than 4096 bytes.'],
  ])('ends with 2 and a sentence for the settings %.40j', async (settings, sentence) => {
    const { exitCode, stdout, stderr } = await run(await inputOf({ 'slow-echo.json': settings }));
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 2, stdout: '', stderr: `${sentence}\n` });
  });

  it.each(['folder', 'pipe'])('does not wait for settings that are a %s', async (kind) => {
    const input = await testFolder();
    if (kind === 'folder') await mkdir(join(input, 'slow-echo.json'));
    else execFileSync('mkfifo', [join(input, 'slow-echo.json')]);
    const { exitCode, stderr } = await run(input);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: 'slow-echo.json must be a file.\n' });
  });

  it('says in one line, without a stack trace, what failed', async () => {
    const input = await inputOf({ 'a.txt': 'a', 'slow-echo.json': '{"seconds":0}' });
    const output = await inputOf({ 'a.txt/in-the-way': '' });
    const child = spawn(process.execPath, [PROGRAM], { env: { INPUT_DIR: input, OUTPUT_DIR: output } });
    let stderr = '';
    child.stderr.on('data', (bytes: Buffer) => {
      stderr += bytes.toString();
    });
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(stderr).toMatch(/^slow-echo failed: .+ \/output\/a\.txt.*\n$/);
  });
});
