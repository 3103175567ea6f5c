import { join } from 'node:path';
import { startRabbitMq } from '@inference/testing/start-rabbitmq';
import { type GpuEngine, startGpuEngine } from '../../../packages/runtime/src/testing/gpu-engine.ts';
import type { Client, Order, Sent } from '../../faults/stage/client.ts';
import type { Service } from '../../faults/stage/service.ts';
import { Stage } from '../../faults/stage/stage.ts';
import type { Wire } from '../../faults/stage/wire.ts';
import { CARD_MODEL, CARD_SCRIPT } from './card-model.ts';
import { fakeNvidiaSmi } from './fake-nvidia-smi.ts';

/** A task may say that it takes as long as this, in seconds. */
const TIME_LIMIT_SECONDS = 3_600;

/** A machine with GPUs, as far as its consumer can see. */
export type LabNode = { readonly name: string; readonly uuids: readonly string[]; readonly consumer: Service; readonly workFolder: string };

/** How many machines, and how many GPUs each has. */
export type LabPlan = { readonly nodes: number; readonly gpusEach: number };

type Parts = { readonly stage: Stage; readonly engine: GpuEngine; readonly wire: Wire; readonly client: Client };

/**
 * An installation whose consumers have GPUs: each service a process of its own, real containers, and in place of NVIDIA's driver and toolkit a script
 * each. The GPUs do not exist; who is given them does.
 */
export class GpuLab implements AsyncDisposable {
  readonly stage: Stage;
  readonly engine: GpuEngine;
  /** Between the consumers and the engine. */
  readonly wire: Wire;
  readonly client: Client;
  readonly nodes: readonly LabNode[];

  private constructor({ stage, engine, wire, client }: Parts, nodes: readonly LabNode[]) {
    this.stage = stage;
    this.engine = engine;
    this.wire = wire;
    this.client = client;
    this.nodes = nodes;
  }

  /** Opens one in which every consumer claims tasks. Takes `rabbitmq`, `docker`, `busybox` and root. */
  static async open(plan: LabPlan): Promise<GpuLab> {
    const rabbit = await startRabbitMq();
    const stage = await Stage.open({ rabbit, isQuick: true }).catch(async (error: unknown) => {
      await rabbit.close();
      throw error;
    });
    stage.atEnd(() => rabbit.close());
    try {
      return await GpuLab.#openOn(stage, plan);
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  static async #openOn(stage: Stage, { nodes: count, gpusEach }: LabPlan): Promise<GpuLab> {
    const names = Array.from({ length: count }, (_, at) => `node-${at + 1}`);
    const uuidsOf = (name: string) => Array.from({ length: gpusEach }, (_, at) => `GPU-${name}-${at}`);
    const engine = await startGpuEngine(names.flatMap(uuidsOf));
    stage.atEnd(() => engine.stop());
    const socket = join(stage.folder, 'engine.sock');
    const wire = await stage.wire({ path: engine.socketPath }, socket);
    const { api, client } = await stage.pair();
    const nodes: LabNode[] = [];
    for (const name of names) {
      const driver = await fakeNvidiaSmi(join(stage.folder, `driver-${name}`), uuidsOf(name));
      const work = join(stage.folder, `work-${name}`);
      const settings = { CONSUMER_ID: name, WORK_DIR: work, DOCKER_SOCKET: socket, GPUS: 'auto', PROCESS_SLOTS: '0' };
      const consumer = stage.consumer(api, { ...settings, PATH: `${driver}:${process.env['PATH']}` });
      nodes.push({ name, uuids: uuidsOf(name), consumer, workFolder: join(work, 'consumer-1') });
    }
    await Promise.all(nodes.map(({ consumer }) => consumer.ready()));
    const lab = new GpuLab({ stage, engine, wire, client }, nodes);
    await lab.addModel(CARD_MODEL);
    return lab;
  }

  async addModel(id: string): Promise<void> {
    await this.client.register(id, this.engine.image, { gpu: true, limits: { time_limit_seconds: TIME_LIMIT_SECONDS } });
  }

  /** Sends a task for so many GPUs, as often as it takes to be accepted. */
  async send({ gpus, ...order }: Order & { readonly gpus: number }): Promise<Sent> {
    const files = { 'run.sh': CARD_SCRIPT, ...order.files };
    const wishes = { gpus: String(gpus), ...order.wishes };
    return await this.client.insist(await this.client.prepare({ model: CARD_MODEL, ...order, files, wishes }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]();
  }
}
