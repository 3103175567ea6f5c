import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { until } from '@inference/testing';

const APPS = join(import.meta.dirname, '..', '..', '..', 'apps');
/** As the images start Node. */
const NODE_FLAGS = ['--max-semi-space-size=2'];
/** A service waits for others before it serves, and drains before it ends; on a busy machine that takes a while, in milliseconds. */
const START_DEADLINE_MS = 60_000;
const END_DEADLINE_MS = 60_000;

export type ServiceName = 'public-api' | 'private-api' | 'consumer';
export type Settings = Readonly<Record<string, string>>;
export type Component = { readonly name: string; readonly state: 'ok' | 'degraded' | 'failed'; readonly text: string };

/** A service as it runs in production: a process of its own, with nothing but settings in its environment. */
export class ServiceProcess {
  readonly name: ServiceName;
  /** Where it listens, while it runs. */
  readonly url: string;
  readonly #settings: Settings;
  #child: ChildProcess;
  #text = '';

  /** Starts it on this port of loopback. */
  constructor(name: ServiceName, port: number, settings: Settings) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}`;
    this.#settings = { HOST: '127.0.0.1', PORT: String(port), ...settings };
    this.#child = this.#spawn(this.#settings);
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  get runs(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** All that it has printed so far, over all its starts. */
  get output(): string {
    return this.#text;
  }

  /** The lines of its log so far. */
  lines(): Record<string, unknown>[] {
    const whole = this.#text.split('\n').slice(0, -1);
    return whole.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it the hard way. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited();
  }

  /** Starts it again after its end, on the same port, with the same settings and those. */
  startAgain(more: Settings = {}): void {
    if (this.runs) throw new Error(`${this.name} still runs`);
    this.#child = this.#spawn({ ...this.#settings, ...more });
  }

  /** Resolves once it is ready; rejects when it ends before. */
  async ready(): Promise<this> {
    const look = async () => {
      if (!this.runs) throw new Error(`${this.name} ended: ${this.#text}`);
      return (await this.#ask('/readyz'))?.status === 200;
    };
    await until(`${this.name} to be ready`, look, START_DEADLINE_MS).catch((error: Error) => {
      throw new Error(`${error.message}; it said: ${this.#text}`);
    });
    return this;
  }

  /** How a component of it is doing; undefined while it does not answer. */
  async component(name: string): Promise<Component | undefined> {
    const report = (await (await this.#ask('/readyz?verbose'))?.json()) as { components: Component[] } | undefined;
    return report?.components.find((component) => component.name === name);
  }

  /** Its exit code once it has ended, or null when a signal ended it. */
  async exited(limitMs = END_DEADLINE_MS): Promise<number | null> {
    await until(`the end of ${this.name}`, () => !this.runs, limitMs).catch((error: Error) => {
      throw new Error(`${error.message}; it said: ${this.#text}`);
    });
    return this.#child.exitCode;
  }

  #spawn(settings: Settings): ChildProcess {
    const main = join(APPS, this.name, 'src', 'main.ts');
    // It ends with this process, even when that is killed.
    const child = spawn('setpriv', ['--pdeathsig=KILL', process.execPath, ...NODE_FLAGS, main], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], ...settings },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#text += text;
      });
    }
    return child;
  }

  async #ask(path: string): Promise<Response | null> {
    return await fetch(this.url + path, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
  }
}
