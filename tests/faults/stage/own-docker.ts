import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '@inference/testing';

const run = promisify(execFile);
/** How long the engine may take to answer, and to end, in milliseconds. */
const START_MS = 60_000;
const END_MS = 60_000;
const ANSWER_MS = 5_000;

/** A Docker engine of the row's own: the machine's one is left alone. */
export class OwnDocker {
  readonly #folder: string;
  #child: ChildProcess | null = null;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<OwnDocker> {
    const docker = new OwnDocker(folder);
    await mkdir(folder, { recursive: true });
    await docker.start();
    return docker;
  }

  get socket(): string {
    return join(this.#folder, 'docker.sock');
  }

  /** As the docker command wants it. */
  get host(): string {
    return `unix://${this.socket}`;
  }

  /** Resolves once it answers. */
  async start(): Promise<void> {
    const place = (name: string) => join(this.#folder, name);
    const args = ['--host', this.host, '--data-root', place('data'), '--exec-root', place('exec'), '--pidfile', place('pid')];
    const network = ['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-masq=false'];
    // In a network of its own: an engine without a bridge removes `docker0`, which is the machine's engine's.
    this.#child = spawn('setpriv', ['--pdeathsig=TERM', 'unshare', '--net', 'dockerd', ...args, ...network], { stdio: 'ignore' });
    await until('the engine to answer', () => this.answers(), START_MS);
  }

  async answers(): Promise<boolean> {
    const asked = run('docker', ['--host', this.host, 'version'], { timeout: ANSWER_MS });
    return await asked.then(
      () => true,
      () => false,
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async stop(): Promise<void> {
    this.signal('SIGTERM');
    const child = this.#child;
    await until('the end of the engine', () => child === null || child.exitCode !== null || child.signalCode !== null, END_MS);
  }

  async close(): Promise<void> {
    this.signal('SIGCONT');
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
