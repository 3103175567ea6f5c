import { until } from '@inference/testing';
import type { Installation } from '../installation.ts';
import type { ServiceName, ServiceProcess } from '../service-process.ts';

/** A service that is told to stop drains before it ends; on a busy machine that takes a while, in milliseconds. */
const END_DEADLINE_MS = 60_000;
/** How long an answer about its health may take, in milliseconds. */
const ANSWER_MS = 5_000;

export type Settings = Readonly<Record<string, string>>;
export type Component = { readonly name: string; readonly state: 'ok' | 'degraded' | 'failed'; readonly text: string };

/** A service of an installation, on one port, however often it is ended and started again. */
export class Service {
  readonly name: ServiceName;
  readonly url: string;
  readonly #start: (more: Settings) => ServiceProcess;
  readonly #starts: ServiceProcess[] = [];

  /** Starts it. */
  constructor(own: Installation, name: ServiceName, at: { port: number; privateApiUrl?: string; settings: Settings }) {
    this.name = name;
    this.url = `http://127.0.0.1:${at.port}`;
    this.#start = (more) => own.start(name, at.privateApiUrl, { PORT: String(at.port), ...at.settings, ...more });
    this.#starts.push(this.#start({}));
  }

  get pid(): number {
    return this.#present.child.pid ?? Number.NaN;
  }

  get runs(): boolean {
    const { exitCode, signalCode } = this.#present.child;
    return exitCode === null && signalCode === null;
  }

  /** All that it has printed so far, over all its starts. */
  get output(): string {
    return this.#starts.map((start) => start.output()).join('');
  }

  /** The lines of its log so far, over all its starts. */
  lines(): Record<string, unknown>[] {
    return this.#starts.flatMap((start) => start.lines());
  }

  /** What it said of itself in its log, the last time. */
  logged(field: string): unknown {
    return this.lines().findLast((line) => line[field] !== undefined)?.[field];
  }

  signal(signal: NodeJS.Signals): void {
    this.#present.child.kill(signal);
  }

  /** Ends it the hard way. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited();
  }

  /** Starts it again after its end, on the same port, with the same settings and those. */
  startAgain(more: Settings = {}): void {
    if (this.runs) throw new Error(`${this.name} still runs`);
    this.#starts.push(this.#start(more));
  }

  /** Resolves once it is ready; rejects when it ends before. */
  async ready(): Promise<this> {
    await this.#present.ready();
    return this;
  }

  /** How a component of it is doing; undefined while it does not answer. */
  async component(name: string): Promise<Component | undefined> {
    const answer = await fetch(`${this.url}/readyz?verbose`, { signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => null);
    const report = (await answer?.json()) as { components: Component[] } | undefined;
    return report?.components.find((component) => component.name === name);
  }

  /** Its exit code once it has ended, or null when a signal ended it. */
  async exited(limitMs = END_DEADLINE_MS): Promise<number | null> {
    await until(`the end of ${this.name}`, () => !this.runs, limitMs).catch((error: Error) => {
      throw new Error(`${error.message}; it said: ${this.output}`);
    });
    return this.#present.child.exitCode;
  }

  get #present(): ServiceProcess {
    return this.#starts.at(-1) as ServiceProcess;
  }
}
