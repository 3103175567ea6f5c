import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder, zipOf } from '@inference/testing';
import { extractZip } from '@inference/zips';
import { describe, expect, it } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';
import { runInfer } from './run-infer.ts';

const LIMIT_MS = 120_000;

/** A folder with texts, what nobody means to send, and links. */
async function texts(): Promise<string> {
  const cwd = await testFolder();
  await mkdir(join(cwd, 'texts', 'deep', '__MACOSX'), { recursive: true });
  await writeFile(join(cwd, 'texts', 'a.txt'), 'one two\n');
  await writeFile(join(cwd, 'texts', 'deep', 'b.txt'), 'three\n');
  await writeFile(join(cwd, 'texts', 'deep', '__MACOSX', 'c.txt'), 'junk\n');
  await writeFile(join(cwd, 'texts', '.DS_Store'), 'junk\n');
  await writeFile(join(cwd, 'secret.txt'), 'not to be sent\n');
  await symlink('a.txt', join(cwd, 'texts', 'inside.txt'));
  await symlink(join(cwd, 'secret.txt'), join(cwd, 'texts', 'outside.txt'));
  return cwd;
}

describe('infer run', () => {
  const shared = sharedServer();
  const infer = (args: string[], options: Parameters<typeof runInfer>[1] = {}) =>
    runInfer(['run', ...args, '--url', shared().url], options);

  it('sends a folder and puts the output beside it; its path is all that stdout gets', async () => {
    const cwd = await texts();
    const { code, out, err } = await infer(['slow-echo', 'texts'], { cwd, stdin: '' });
    expect(code, err).toBe(0);
    expect(out).toBe(`${join(cwd, 'texts.out.zip')}\n`);
    expect(err).toMatch(
      /^ {2}uploading {2}.*\ntask \S{43}\n {2}uploaded .*\n( {2}queued .*\n)?( {2}running .*\n)* {2}succeeded .*\n {2}downloaded .*\n$/m,
    );
    expect(err).toContain('1 links were left out');
  });

  it(
    'sends what is in the folder, but no junk and no link that leads out of it',
    async () => {
      const cwd = await texts();
      await writeFile(join(cwd, 'texts', 'slow-echo.json'), '{"seconds": 0}');
      const { code, err } = await infer(['slow-echo', 'texts/', '-O', 'result'], { cwd });
      expect(code, err).toBe(0);
      const found = await readdir(join(cwd, 'result'), { recursive: true });
      expect(found.sort()).toEqual(['a.txt', 'deep', 'deep/b.txt', 'inside.txt', 'slow-echo.json']);
      expect(await readFile(join(cwd, 'result', 'inside.txt'), 'utf8')).toBe('one two\n');
    },
    LIMIT_MS,
  );

  it(
    'sends a zip as it is, and a file as a zip that holds it',
    async () => {
      const cwd = await testFolder();
      const zip = await zipOf({ 'x/slow-echo.json': '', 'slow-echo.json': '{"seconds": 0}' });
      await writeFile(join(cwd, 'in.zip'), zip);
      await writeFile(join(cwd, 'slow-echo.json'), '{"seconds": 0}');
      const whole = await infer(['slow-echo', 'in.zip', '-o', 'json'], { cwd });
      expect(JSON.parse(whole.out)).toMatchObject({
        state: 'succeeded',
        input: { bytes: zip.length },
        output_file: join(cwd, 'in.out.zip'),
      });
      const one = await infer(['slow-echo', 'slow-echo.json', '-O', 'one/'], { cwd });
      expect(one.code, one.err).toBe(0);
      expect(await readdir(join(cwd, 'one'))).toEqual(['slow-echo.json']);
    },
    LIMIT_MS,
  );

  it('works in a pipe, without a word on stderr where that was asked for', async () => {
    const cwd = await testFolder();
    const stdin = await zipOf({ 'a.txt': 'one two\n' });
    const { code, stdout, err } = await infer(['word-count', '-', '-O', '-', '-q'], { cwd, stdin });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    await writeFile(join(cwd, 'out.zip'), stdout);
    await extractZip(join(cwd, 'out.zip'), join(cwd, 'out'));
    expect(await readFile(join(cwd, 'out', 'word-count.csv'), 'utf8')).toContain('total,1,2,8,8');
  });

  it('does not wait with --detach, and puts labels and a time limit on the task', async () => {
    const cwd = await texts();
    const { code, out } = await infer(
      ['slow-echo', 'texts', '--detach', '-l', 'study=A-12', '-l', 'who=me', '--time-limit', '2m', '--deadline', '1h'],
      {
        cwd,
      },
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^\S{43}\n$/);
    const task = await runInfer(['tasks', 'get', out.trim(), '-o', 'json', '--url', shared().url]);
    expect(JSON.parse(task.out)).toMatchObject({
      labels: { study: 'A-12', who: 'me' },
      time_limit_seconds: 120,
      deadline_at: expect.any(String),
    });
    expect(await readdir(cwd)).toEqual(['secret.txt', 'texts']);
  });

  it(
    'never writes over what is there',
    async () => {
      const cwd = await texts();
      await writeFile(join(cwd, 'texts.out.zip'), 'mine');
      await writeFile(join(cwd, 'mine.zip'), 'mine');
      const next = await infer(['word-count', 'texts'], { cwd });
      expect(next.out).toBe(`${join(cwd, 'texts.out-2.zip')}\n`);
      expect((await infer(['word-count', 'texts', '-O', 'mine.zip'], { cwd })).code).toBe(2);
      expect((await infer(['word-count', 'texts', '-O', 'texts'], { cwd })).code).toBe(2);
      expect(await readFile(join(cwd, 'mine.zip'), 'utf8')).toBe('mine');
      expect((await infer(['word-count', 'texts', '-O', 'mine.zip', '--yes'], { cwd })).code).toBe(0);
    },
    LIMIT_MS,
  );

  it('ends with 3 and the last words of the model where the task fails', async () => {
    const cwd = await testFolder();
    await writeFile(join(cwd, 'slow-echo.json'), '{"seconds": 0, "fail": true}');
    const { code, out, err } = await infer(['slow-echo', 'slow-echo.json'], { cwd });
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toMatch(/^ {2}failed {5}The model ended with exit code 3/m);
    expect(err).toContain('infer tasks logs ');
    expect(await readdir(cwd)).toEqual(['slow-echo.json']);
  });

  it(
    'ends with 6 where the time is over, says how to go on, and that ends with 7 once it is cancelled',
    async () => {
      const cwd = await testFolder();
      await writeFile(join(cwd, 'slow-echo.json'), '{"seconds": 600}');
      const { code, err } = await infer(['slow-echo', 'slow-echo.json', '--timeout', '2'], { cwd });
      expect(code, err).toBe(6);
      const [, id = ''] = /infer tasks watch (\S+)/.exec(err) ?? [];
      const cancelled = await runInfer(['tasks', 'cancel', id, '--url', shared().url]);
      expect(cancelled.code, cancelled.err).toBe(0);
      expect((await runInfer(['tasks', 'watch', id, '--url', shared().url])).code).toBe(7);
    },
    LIMIT_MS,
  );

  it(
    'says what is wrong with its arguments, and ends with 2',
    async () => {
      const cwd = await texts();
      await mkdir(join(cwd, 'empty'));
      for (const [args, told] of [
        [['word-count', 'nothing'], 'There is no file or folder nothing.'],
        [['word-count', 'empty'], 'has no files to send'],
        [['word-count', 'texts', '-l', 'x'], 'Write a label as name=value.'],
        [['word-count', 'texts', '--timeout', 'soon'], 'Write a time such as 90'],
        [['word-count', 'texts', '--detatch'], '(Did you mean --detach?)'],
        [['word-count'], "missing required argument 'path'"],
      ] as const) {
        const { code, out, err } = await infer([...args], { cwd });
        expect({ code, out }, args.join(' ')).toEqual({ code: 2, out: '' });
        expect(err).toContain(told);
      }
    },
    LIMIT_MS,
  );

  it('says what the server refuses', async () => {
    const cwd = await testFolder();
    await writeFile(join(cwd, 'no.zip'), 'this is no zip');
    const { code, err } = await infer(['word-count', 'no.zip'], { cwd });
    expect(code).toBe(1);
    expect(err).toMatch(/^infer: .+\n {2}\(zip_\w+, request \S+\)$/m);
    expect((await infer(['nothing', 'no.zip'], { cwd })).code).toBe(5);
  });
});
