import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@inference/testing';
import { PRODUCT } from '../places.ts';

/** As the images start Node. */
const NODE_FLAGS = ['--max-semi-space-size=1'];
/** A service waits for others before it serves; on a busy machine that takes a while, in milliseconds. */
const READY_MS = 90_000;
const END_MS = 60_000;
/** How long an answer about its health may take, in milliseconds. */
const ANSWER_MS = 5_000;
/** What is kept of its log, in characters. */
const OUTPUT_CHARS_MAX = 200_000;

export type ServiceName = 'public-api' | 'private-api' | 'consumer' | 'standalone';
export type Settings = Readonly<Record<string, string>>;

/** A service as it runs in production, on one address, however often it is killed and started again. */
export class Service {
  readonly name: ServiceName;
  readonly url: string;
  /** The folder of the version that its next start is of. */
  product: string;
  readonly #settings: Settings;
  /** Arguments after the program. */
  readonly #args: readonly string[];
  /** Node's own arguments: what is imported before the program. */
  readonly #flags: readonly string[];
  #child: ChildProcess | null = null;
  #output = '';

  /** @param at `preload`: a program that is run before the service, in its process */
  constructor(name: ServiceName, at: { port: number; settings: Settings; product?: string; args?: readonly string[]; preload?: string }) {
    this.name = name;
    this.product = at.product ?? PRODUCT;
    this.url = `http://127.0.0.1:${at.port}`;
    this.#args = at.args ?? [];
    this.#flags = at.preload === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(at.preload)}`];
    this.#settings = { HOST: '127.0.0.1', PORT: String(at.port), ...at.settings };
  }

  get runs(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The end of all that it has printed. */
  get output(): string {
    return this.#output;
  }

  start(): this {
    if (this.runs) throw new Error(`${this.name} still runs`);
    const { PATH, NODE_COMPILE_CACHE, FAULT_LOGS } = process.env;
    const program = join(this.product, 'apps', this.name, 'src', 'main.ts');
    // It ends with this process, even when that is killed.
    const args = ['--pdeathsig=KILL', process.execPath, ...NODE_FLAGS, ...this.#flags, program, ...this.#args];
    const env = { PATH, ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }), ...this.#settings };
    const child = spawn('setpriv', args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_CHARS_MAX);
        if (FAULT_LOGS !== undefined) appendFileSync(join(FAULT_LOGS, `${this.name}-${child.pid}.log`), text);
      });
    }
    this.#child = child;
    return this;
  }

  /** Resolves once it is ready; rejects when it ends before. */
  async ready(): Promise<this> {
    await until(
      `${this.name} to be ready`,
      async () => {
        if (!this.runs) throw new Error(`${this.name} ended: ${this.#output.slice(-2_000)}`);
        return (await this.#ask('/readyz'))?.status === 200;
      },
      READY_MS,
    );
    return this;
  }

  /** Whether a component of it is well; false while it does not answer. */
  async has(component: string): Promise<boolean> {
    const answer = await this.#ask('/readyz?verbose');
    const report = (await answer?.json().catch(() => null)) as { components?: { name: string; state: string }[] } | null;
    return report?.components?.find(({ name }) => name === component)?.state === 'ok';
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends it, the hard way unless told otherwise. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.signal(signal);
    await until(`the end of ${this.name}`, () => !this.runs, END_MS);
  }

  /** Stops it in an orderly way, where it runs, and starts it from another copy of the product; resolves once it is ready. */
  async replaceBy(product: string): Promise<void> {
    if (this.runs) await this.kill('SIGTERM');
    this.product = product;
    await this.start().ready();
  }

  get exitCode(): number | null {
    return this.#child?.exitCode ?? null;
  }

  async #ask(path: string): Promise<Response | null> {
    return await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => null);
  }
}
