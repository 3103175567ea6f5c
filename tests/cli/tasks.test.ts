import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder, until, zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';
import { runInfer, startInfer } from './run-infer.ts';

const LIMIT_MS = 120_000;
const MODELS = join(import.meta.dirname, '..', 'e2e', 'models');
/** Clears the screen, sets the title, turns text around. */
const HOSTILE = '\\033[2J\\033]0;gone\\007\\342\\200\\256';

describe('infer tasks', () => {
  const shared = sharedServer({ MODELS_DIR: MODELS });
  const infer = (...args: string[]) => runInfer([...args, '--url', shared().url]);

  /** A task of a script, whose id is answered at once, or once it has ended. */
  async function script(text: string, ...args: string[]): Promise<string> {
    const cwd = await testFolder();
    await writeFile(join(cwd, 'in.zip'), await zipOf({ 'run.sh': text }));
    const { out, err } = await runInfer(['run', 'script', 'in.zip', '-o', 'name', '--detach', ...args, '--url', shared().url], { cwd });
    const id = out.trim();
    expect(id, err).toMatch(/^\S{43}$/);
    return id;
  }
  async function ended(text: string, ...args: string[]): Promise<string> {
    const id = await script(text, ...args);
    await infer('tasks', 'watch', id, '-q');
    return id;
  }

  it(
    'are listed by state, model and label, the newest first, at most as many as were asked for',
    async () => {
      const label = `test=${crypto.randomUUID()}`;
      const ids = [await ended('exit 0', '-l', label), await ended('exit 4', '-l', label)];
      const list = async (...args: string[]) => (await infer('tasks', 'list', '-o', 'name', '-l', label, ...args)).out.trim().split('\n');
      expect(await list()).toEqual([...ids].reverse());
      expect(await list('--state', 'failed')).toEqual([ids[1]]);
      expect(await list('--model', 'script')).toHaveLength(2);
      const one = await infer('tasks', 'list', '-l', label, '--limit', '1');
      expect(one.out).toMatch(/^ID .*\n\S{43} +script +failed +.* model_error\n$/);
      expect(one.err).toContain('More: --limit');
      const none = await infer('tasks', 'list', '-l', 'nobody=has', '-o', 'json');
      expect({ out: none.out, code: none.code }).toEqual({ out: '[]\n', code: 0 });
      expect((await infer('tasks', 'list', '--state', 'fialed')).code).toBe(2);
    },
    LIMIT_MS,
  );

  it(
    'are shown, for people and for programs',
    async () => {
      const id = await ended('echo "went wrong" >&2; exit 4', '-l', 'study=A-12');
      const people = (await infer('tasks', 'get', id)).out;
      for (const line of [
        /^Task +\S{43}$/m,
        /^State +failed$/m,
        /^Labels +study=A-12$/m,
        /^Failure +model_error, exit code 4$/m,
        /^Last lines +went wrong$/m,
      ])
        expect(people).toMatch(line);
      expect(JSON.parse((await infer('tasks', 'get', id, '-o', 'json')).out)).toMatchObject({ id, failure: { exit_code: 4 } });
    },
    LIMIT_MS,
  );

  it(
    'are followed: each event for programs, one line for each stage where nobody looks on',
    async () => {
      const id = await script('echo "::progress 0.5 half"; echo done; sleep 1');
      const { code, out, err } = await infer('tasks', 'watch', id, '-o', 'jsonl');
      expect(code).toBe(0);
      const events = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(events.at(-1)).toMatchObject({ event: 'done', data: { state: 'succeeded' } });
      expect(events).toContainEqual(expect.objectContaining({ event: 'progress', data: { fraction: 0.5, text: 'half' } }));
      expect(err).toMatch(/^ {2}succeeded /m);
      expect(err).not.toContain('\u001b');
    },
    LIMIT_MS,
  );

  it(
    'show what their models print: all of it, its end, one stream, and as it comes',
    async () => {
      const id = await ended('echo one; echo two; echo oops >&2; printf open');
      expect((await infer('tasks', 'logs', id, '--stream', 'stdout')).out).toBe('one\ntwo\nopen\n');
      expect((await infer('tasks', 'logs', id, '--stream', 'stdout', '--tail', '1')).out).toBe('open\n');
      expect((await infer('tasks', 'logs', id, '--stream', 'stderr')).out).toBe('oops\n');
      expect((await infer('tasks', 'logs', id, '-f', '--stream', 'stdout')).out).toBe('one\ntwo\nopen\n');
      expect((await infer('tasks', 'logs', id, '-f', '--stream', 'stdout', '--tail', '2')).out).toBe('two\nopen\n');
      expect((await infer('tasks', 'logs', id, '-f', '--tail', '9')).out.split('\n').sort()).toEqual(['', 'one', 'oops', 'open', 'two']);
      expect((await infer('tasks', 'logs', id, '-f', '--attempt', '1')).code).toBe(2);

      const slow = await script('echo first; for i in $(seq 100); do sleep 1; done; echo last');
      const following = await startInfer(['tasks', 'logs', slow, '-f', '--url', shared().url]);
      const first = await new Promise((resolve) => following.child.stdout?.once('data', (piece) => resolve(String(piece))));
      expect(first).toBe('first\n');
      await infer('tasks', 'cancel', slow);
      expect((await following.ended).out).not.toContain('last');
    },
    LIMIT_MS,
  );

  it(
    'show the last lines of what was printed, and go on with what comes',
    async () => {
      const id = await script('seq 40; i=40; while sleep 1; do echo $((i += 1)); done');
      await until('the lines', async () => (await infer('tasks', 'logs', id)).out.includes('\n40\n'), LIMIT_MS);
      const following = await startInfer(['tasks', 'logs', id, '-f', '--tail', '1', '--url', shared().url]);
      let seen = '';
      following.child.stdout?.on('data', (piece) => (seen += String(piece)));
      await until('what comes', () => seen.split('\n').length > 3, LIMIT_MS);
      await infer('tasks', 'cancel', id);
      const { out, err } = await following.ended;
      const numbers = out.trim().split('\n').map(Number);
      expect(numbers[0], err).toBeGreaterThanOrEqual(40);
      expect(numbers).toEqual(numbers.map((_number, at) => Number(numbers[0]) + at));
    },
    LIMIT_MS,
  );

  it(
    'cannot make a terminal obey them, through logs, reasons, progress or file names',
    async () => {
      const text = `printf '${HOSTILE}\\n::progress 0.5 ${HOSTILE}\\n'; printf '${HOSTILE}\\n' >&2; exit 4`;
      const id = await ended(text);
      const asks = [
        ['logs', id],
        ['logs', id, '-f'],
        ['get', id],
        ['get', id, '-o', 'json'],
        ['get', id, '-o', 'yaml'],
        ['watch', id],
        ['list', '-o', 'wide'],
      ];
      for (const ask of asks) {
        const { out, err } = await runInfer(['tasks', ...ask, '--url', shared().url]);
        for (const obeyed of ['\u001b', '\u0007', '\u202e']) expect(out + err, ask.join(' ')).not.toContain(obeyed);
      }
      expect((await infer('tasks', 'logs', id)).out).toContain('\\u001b[2J');
      expect((await infer('tasks', 'logs', id, '--raw')).out).toContain('\u001b[2J');
    },
    LIMIT_MS,
  );

  it(
    'are cancelled and repeated, several at once; one that is unknown does not keep the others from it',
    async () => {
      const ids = [await script('sleep 600'), await script('sleep 600')];
      const unknown = 'x'.repeat(43);
      const { code, err } = await infer('tasks', 'cancel', ids[0]!, unknown, ids[1]!);
      expect(code).toBe(5);
      expect(err).toContain(`${unknown}: Task not found. infer tasks list shows yours.`);
      for (const id of ids) expect((await infer('tasks', 'watch', id)).code).toBe(7);
      const again = await infer('tasks', 'retry', ids[0]!, '-o', 'jsonl');
      const retried = JSON.parse(again.out);
      expect(retried).toMatchObject({ retry_of: ids[0], model: 'script' });
      expect((await infer('tasks', 'cancel', retried.id)).code).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'give their output once they have one',
    async () => {
      const id = await ended('echo hello > "$OUTPUT_DIR/hello.txt"');
      const cwd = await testFolder();
      const got = await runInfer(['tasks', 'output', id, '--url', shared().url], { cwd });
      expect(got.out).toBe(`${join(cwd, `script-${id.slice(0, 8)}.out.zip`)}\n`);
      const failed = await ended('exit 4');
      const { code, err } = await runInfer(['tasks', 'output', failed, '--url', shared().url], { cwd });
      expect(code).toBe(1);
      expect(err).toContain('(no_output, ');
      expect(err).not.toContain('What came is kept');
      expect(await readdir(cwd)).toHaveLength(1);
    },
    LIMIT_MS,
  );

  it(
    'are coloured where that is asked for, and nowhere else',
    async () => {
      const id = await ended('exit 0');
      const coloured = await runInfer(['tasks', 'get', id, '--url', shared().url], { environment: { FORCE_COLOR: '1' } });
      expect(coloured.out).toContain('\u001b[32msucceeded\u001b[39m');
      for (const [environment, args] of [
        [{}, []],
        [{ FORCE_COLOR: '1' }, ['--no-color']],
        [{ NO_COLOR: '1' }, []],
      ] as const) {
        const { out } = await runInfer(['tasks', 'get', id, '--url', shared().url, ...args], { environment });
        expect(out).not.toContain('\u001b');
      }
    },
    LIMIT_MS,
  );
});
