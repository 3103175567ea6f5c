import { randomUUID } from 'node:crypto';
import type { Clock, Failure } from '@inference/domain';
import { exitFailure } from '../exit-failure.ts';
import { HangWatch } from '../hang-watch.ts';
import { machineFault } from '../machine-fault.ts';
import type { ModelRuntime, RunEnd, RunObserver, RunOrder } from '../model-runtime.ts';
import { giveFolders, MODEL_UID } from '../model-user.ts';
import { openOutput } from '../open-output.ts';
import { OutputRelay } from '../output-relay.ts';
import { runFailure } from '../run-failure.ts';
import { type FoundIsolation, findIsolation } from './find-isolation.ts';
import { type FoundModel, findModelFolder } from './find-model-folder.ts';
import { hashModelFolder } from './hash-model-folder.ts';
import { Launcher } from './launcher.ts';
import { treeCpuMs } from './process-tree.ts';
import { SandboxMark } from './sandbox-mark.ts';
import { plainOrder, sandboxedOrder } from './sandbox-order.ts';
import type { Isolation } from './sandbox-plan.ts';
import { UserSlots } from './user-slots.ts';

export type ProcessRuntimeOptions = {
  /** Absolute path of the folder whose sub-folders are the models. */
  readonly modelsFolder: string;
  readonly clock: Clock;
  /** From TERM to KILL, in milliseconds. */
  readonly stopGraceMs: number;
  /**
   * What tells this consumer from others on the machine: what earlier starts of it left of sandboxes is swept. Left out: nothing is swept.
   */
  readonly consumer?: string;
  /** The models that may run where no sandbox can be had: name of the folder and its hash (`hashModelFolder`). */
  readonly trustedModels?: ReadonlyMap<string, string>;
  /** Take this one instead of the best that works here. */
  readonly isolation?: Isolation;
};

/** The process runtime, and how it keeps models apart: for the banner. */
export type ProcessRuntime = ModelRuntime & { readonly isolation: Isolation; readonly isolationSentence: string };

const SENTENCES: Record<Isolation, string> = {
  bubblewrap: 'Models in folders run in a sandbox (bubblewrap).',
  unshare: 'Models in folders run in a sandbox (unshare); install bubblewrap for a stronger and faster one.',
  none: 'No sandbox can be had on this machine: only the shipped examples run, as plain processes. Install bubblewrap, or use Docker.',
};

/**
 * Makes the runtime for models that lie in a folder of this machine. Looks once which sandbox works.
 * Rejects when `isolation` is asked for and does not work here.
 */
export async function createProcessRuntime(options: ProcessRuntimeOptions): Promise<ProcessRuntime> {
  const { clock, isolation: asked, consumer = randomUUID() } = options;
  const mark = new SandboxMark(consumer);
  const isRoot = process.getuid?.() === 0;
  const probeUser = isRoot ? { uid: MODEL_UID, gid: MODEL_UID } : null;
  const found = await findIsolation(asked === undefined ? ['bubblewrap', 'unshare', 'none'] : [asked], { user: probeUser, clock, mark });
  if (found === null) throw new Error(`The isolation "${asked}" does not work on this machine.`);
  const sandbox = new ProcessSandbox(options, found, isRoot ? new UserSlots() : null);
  return {
    isolation: found.isolation,
    isolationSentence: SENTENCES[found.isolation],
    modelsOutliveUs: false,
    check: async () => ({ ok: true, version: found.isolation }),
    async prepare(order) {
      const program = await sandbox.findProgram(order);
      return program.ok ? { kind: 'ready', image: null } : { kind: 'failed', failure: invalid(program.reason) };
    },
    run: (order, _image, observer, signal) => sandbox.run(order, observer, signal).catch(machineFault),
    // Models die with the process that started them.
    adopt: async () => null,
    // Every process dies with its run, and nothing else is left behind.
    release: async () => {},
    sweep: () => mark.sweep(),
  };
}

class ProcessSandbox {
  readonly #options: ProcessRuntimeOptions;
  readonly #found: FoundIsolation;
  readonly #users: UserSlots | null;
  readonly #launcher = new Launcher();
  /** What `prepare` has found for an order, `run` need not look for again. */
  readonly #programs = new WeakMap<RunOrder, FoundModel>();

  constructor(options: ProcessRuntimeOptions, found: FoundIsolation, users: UserSlots | null) {
    this.#options = options;
    this.#found = found;
    this.#users = users;
  }

  async findProgram(order: RunOrder): Promise<FoundModel> {
    this.#launcher.ready();
    const program = this.#programs.get(order) ?? (await this.#lookForProgram(order));
    this.#programs.set(order, program);
    return program;
  }

  async #lookForProgram({ model }: RunOrder): Promise<FoundModel> {
    const program = await findModelFolder(this.#options.modelsFolder, model);
    if (!program.ok || this.#found.isolation !== 'none' || model.source.kind !== 'folder') return program;
    const hash = await hashModelFolder(program.folder);
    if (hash !== null && this.#options.trustedModels?.get(model.source.folder) === hash) return program;
    return {
      ok: false,
      reason: 'This consumer has no sandbox, so it runs only the unchanged examples. Install bubblewrap there, or use Docker.',
    };
  }

  async run(order: RunOrder, observer: RunObserver, signal: AbortSignal): Promise<RunEnd> {
    const program = await this.findProgram(order);
    if (!program.ok) return { kind: 'failed', failure: invalid(program.reason) };
    if (this.#found.isolation === 'none') return this.#runPlanned(order, plainOrder(order, program), { observer, signal });
    const user = this.#users?.take() ?? null;
    try {
      if (user !== null) await giveFolders(order.folders, user);
      return await this.#runPlanned(order, await sandboxedOrder(order, program, user), { observer, signal });
    } finally {
      if (user !== null) this.#users?.give(user);
    }
  }

  async #runPlanned(
    { model, folders }: RunOrder,
    sandboxOrder: Parameters<FoundIsolation['plan']>[0],
    { observer, signal }: { observer: RunObserver; signal: AbortSignal },
  ): Promise<RunEnd> {
    const relay = new OutputRelay(observer);
    const { clock, stopGraceMs } = this.#options;
    let top: number | null = null;
    const cpuMs = async () => (top === null ? null : await treeCpuMs(top));
    const onHung = relay.hung.bind(relay);
    using _watch = new HangWatch({ hangMs: model.limits.hangMs, clock, signal, printedBytes: () => relay.bytes, cpuMs, onHung });
    const onStarted = (pid: number) => {
      top = pid;
    };
    const end = await this.#launcher.run({ plan: this.#found.plan(sandboxOrder), stopGraceMs, onStarted }, relay, signal);
    if (this.#users === null) await openOutput(folders.output);
    if (end.kind === 'stopped') return end;
    if (end.kind === 'fault') return runFailure('infrastructure', end.reason);
    if (end.exitCode === 0) return { kind: 'done', warnings: [] };
    return {
      kind: 'failed',
      failure: exitFailure(model, { exitCode: end.exitCode, outOfMemory: false, memoryPeakBytes: null, stderr: relay.lastStderrLines() }),
    };
  }
}

function invalid(reason: string): Failure {
  return { class: 'invalid_model', reason };
}
