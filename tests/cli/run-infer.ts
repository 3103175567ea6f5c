import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { onTestFinished } from 'vitest';

const MAIN = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'src', 'main.ts');

/** How a command ended, and what it printed. */
export type Ended = { readonly code: number | null; readonly stdout: Buffer; readonly out: string; readonly err: string };
/** A command under way. */
export type Running = {
  readonly child: ChildProcess;
  /** What it has said on stderr so far. */
  err(): string;
  ended: Promise<Ended>;
};
export type InferOptions = {
  /** Where it is run; a new empty folder where none is given. */
  readonly cwd?: string | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly stdin?: string | Buffer | undefined;
  /** A program, with its arguments, that starts it: setpriv, say. */
  readonly under?: readonly string[] | undefined;
  /** Leaves stdin open after that, as a pipe whose writer is slow. */
  readonly isStdinOpen?: boolean | undefined;
  /** What is run, where it is not the source. */
  readonly main?: string | undefined;
};

/** Starts `infer` as a user does, in a process of its own that knows nothing of this machine's settings; the test's end kills it. */
export async function startInfer(
  args: readonly string[],
  { cwd, environment = {}, stdin, isStdinOpen = false, main = MAIN, under = [] }: InferOptions = {},
): Promise<Running> {
  const home = await testFolder();
  const env = { PATH: process.env['PATH'], HOME: home, ...environment };
  const [program = '', ...first] = [...under, process.execPath];
  const child = spawn(program, [...first, main, ...args], {
    cwd: cwd ?? home,
    env,
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout?.on('data', (piece: Buffer) => out.push(piece));
  child.stderr?.on('data', (piece: Buffer) => err.push(piece));
  // A command that ends before it has read all of its stdin is no failure of the test.
  child.stdin?.on('error', () => {});
  if (isStdinOpen) child.stdin?.write(stdin ?? '');
  else child.stdin?.end(stdin);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const stdout = Buffer.concat(out);
      resolve({ code, stdout, out: stdout.toString(), err: Buffer.concat(err).toString() });
    });
  });
  return { child, err: () => Buffer.concat(err).toString(), ended };
}

/** Runs `infer` to its end. */
export async function runInfer(args: readonly string[], options: InferOptions = {}): Promise<Ended> {
  return await (await startInfer(args, options)).ended;
}
