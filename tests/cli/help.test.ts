import { describe, expect, it } from 'vitest';
import { runInfer } from './run-infer.ts';

const LIMIT_MS = 120_000;

describe('infer without a command that it knows', () => {
  it(
    'suggests the one that was meant, and ends with 2',
    async () => {
      for (const [args, told] of [
        [['tsks', 'list'], '(Did you mean tasks?)'],
        [['tasks', 'lst'], '(Did you mean list?)'],
        [['models', 'list', '--urll', 'x'], '(Did you mean --url?)'],
        [['tasks', 'list', '--stat', 'failed'], '(Did you mean --state?)'],
        [['models', 'list', '-o', 'yml'], 'Allowed choices are table, wide, json, jsonl, yaml, name'],
        [['models', 'get', 'a', 'b'], 'too many arguments'],
      ] as const) {
        const { code, out, err } = await runInfer(args);
        expect({ code, out }, args.join(' ')).toEqual({ code: 2, out: '' });
        expect(err).toContain(told);
      }
    },
    LIMIT_MS,
  );

  it(
    'shows help that begins with examples and has the exit codes that can be reached',
    async () => {
      for (const [args, has, lacks] of [
        [['--help'], '130  stopped with Ctrl-C', 'no such line'],
        [['run', '--help'], '6    the time to wait is over', 'no such line'],
        [['tasks', 'list', '--help'], '4    a key is needed', '3    the task failed'],
      ] as const) {
        const { code, out, err } = await runInfer(args);
        expect({ code, err }).toEqual({ code: 0, err: '' });
        expect(out).toMatch(/^Examples:\n {2}infer /);
        expect(out).toContain(has);
        expect(out).not.toContain(lacks);
      }
    },
    LIMIT_MS,
  );
});
