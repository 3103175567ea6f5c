import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId, systemClock } from '@inference/domain';
import { createContainerRuntime } from '../docker/create-container-runtime.ts';
import { ANY_IMAGE, type ImagePolicy } from '../docker/image-policy.ts';
import type { LauncherRules } from '../launcher/check-order.ts';
import { createLauncherRuntime } from '../launcher/create-launcher-runtime.ts';
import { createLauncherServer, type LauncherServerOptions } from '../launcher/create-launcher-server.ts';
import type { ModelRuntime } from '../model-runtime.ts';
import { ownUser } from '../model-user.ts';
import { SOCKET_PATH } from './docker.ts';

/** The folder of the one consumer of a test. */
export const CONSUMER = 'consumer-1';
const STOP_GRACE_MS = 300;

export type TestLauncherOptions = Partial<LauncherRules> &
  Partial<Omit<LauncherServerOptions, 'rules'>> & {
    readonly enginePath?: string;
    readonly images?: ImagePolicy;
    /** From TERM to KILL for a model that is stopped, in milliseconds. */
    readonly stopGraceMs?: number;
  };

/** A launcher of a test's own, on the engine of tests, with a work folder for one consumer. */
export class TestLauncher {
  readonly socketPath: string;
  readonly workFolder: string;
  readonly installationId: string;
  readonly refused: string[] = [];
  readonly faults: Error[] = [];
  readonly #folder: string;
  readonly #options: TestLauncherOptions;
  #server: Server | null = null;

  private constructor(folder: string, options: TestLauncherOptions) {
    this.#folder = folder;
    this.#options = options;
    this.socketPath = join(folder, 'launcher.sock');
    this.workFolder = join(folder, 'work');
    this.installationId = `launcher-${newId()}`;
  }

  static async open(options: TestLauncherOptions = {}): Promise<TestLauncher> {
    const launcher = new TestLauncher(await realpath(await mkdtemp(join(tmpdir(), 'inference-launcher-'))), options);
    await mkdir(launcher.consumerFolder, { recursive: true });
    await launcher.start();
    return launcher;
  }

  get consumerFolder(): string {
    return join(this.workFolder, CONSUMER);
  }

  /** A consumer's runtime, as after a start of the consumer. */
  runtime(): ModelRuntime {
    return createLauncherRuntime({ socketPath: this.socketPath, consumer: CONSUMER, clock: systemClock, newId });
  }

  /** Starts it, or starts it again: it knows nothing of before. */
  async start(): Promise<void> {
    const { enginePath = SOCKET_PATH, images = ANY_IMAGE, stopGraceMs = STOP_GRACE_MS, ...given } = this.#options;
    const rules = { gpuUuids: [], loosenAllowed: [], memoryBytesMax: null, pidsMax: null, ...given, workFolder: this.workFolder };
    const containers = { docker: { socketPath: enginePath }, clock: systemClock, stopGraceMs, modelUser: ownUser(), images };
    this.#server = createLauncherServer({
      containersMax: 100,
      runtimeFor: async (consumer) =>
        consumer === CONSUMER ? createContainerRuntime({ ...containers, installationId: `${this.installationId}-${consumer}` }) : null,
      onRefused: ({ reason }) => this.refused.push(reason),
      onFault: (error) => this.faults.push(error),
      ...given,
      rules,
    });
    this.#server.listen(this.socketPath);
    await once(this.#server, 'listening');
  }

  /** Ends it as one that is killed: all connections break. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async close(): Promise<void> {
    await this.runtime().sweep([]);
    await this.kill();
    await rm(this.#folder, { recursive: true });
  }
}
