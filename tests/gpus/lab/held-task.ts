import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Explanation } from '@inference/contracts';
import { ATTEMPTS, folderName } from '@inference/runtime';
import { until } from '@inference/testing';
import type { Sent } from '../../faults/stage/client.ts';
import { GO, HELD, STARTED } from './card-model.ts';
import type { GpuLab, LabNode } from './gpu-lab.ts';

/** What must come sooner or later comes within this, in milliseconds, or never. */
const COMES_MS = 120_000;

type Wishes = { readonly gpus: number; readonly limitSeconds: number };

/** A task whose model runs until it is let end. */
export class HeldTask {
  readonly sent: Sent;
  readonly #lab: GpuLab;

  private constructor(lab: GpuLab, sent: Sent) {
    this.#lab = lab;
    this.sent = sent;
  }

  /** Sends one of a model of its own: how long the models of others took says nothing of it. */
  static async send(lab: GpuLab, { gpus, limitSeconds }: Wishes): Promise<HeldTask> {
    const model = `held-${lab.client.accepted.size}`;
    await lab.addModel(model);
    const wishes = { time_limit_seconds: String(limitSeconds) };
    return new HeldTask(lab, await lab.send({ gpus, model, wishes, files: { [HELD]: '' } }));
  }

  /** Resolves once its model runs, in this attempt. */
  async started(attempt = 1): Promise<this> {
    const logs = `/api/v1/tasks/${this.sent.id}/logs?attempt=${attempt}`;
    const isThere = async () => (await (await this.#lab.client.ask(logs)).text()).includes(STARTED);
    await until('the model of a held task to run', isThere, COMES_MS);
    return this;
  }

  async state(): Promise<string> {
    return (await this.#lab.client.task(this.sent)).state;
  }

  /** Why it waits. */
  async explanation(): Promise<Explanation> {
    return (await (await this.#lab.client.ask(`/api/v1/tasks/${this.sent.id}/explain`)).json()) as Explanation;
  }

  /** The GPUs that it holds now. */
  async cards(): Promise<string[]> {
    const rows = await this.#lab.stage.db.$queryRaw<{ uuid: string }[]>`
      SELECT d.device_uuid AS uuid FROM device_lease d JOIN task t ON t.id = d.task_id WHERE t.uid = ${this.sent.id} AND d.ended_at IS NULL`;
    return rows.map(({ uuid }) => uuid).toSorted();
  }

  /** Ends it where it has not ended, whatever became of it, and waits until its GPUs are free. */
  async cancel(): Promise<void> {
    await this.#lab.client.ask(`/api/v1/tasks/${this.sent.id}/cancel`, { method: 'POST' });
    await until('its GPUs to be free', async () => (await this.cards()).length === 0, COMES_MS);
  }

  /** Lets the model of its newest attempt end. */
  async letEnd(node = this.#lab.nodes[0] as LabNode): Promise<void> {
    const { attempts } = await this.#lab.client.task(this.sent);
    const folder = join(node.workFolder, ATTEMPTS, folderName({ taskUid: this.sent.id, attempt: attempts.length }));
    await writeFile(join(folder, 'input', GO), '');
  }

  /** Lets it end, and waits for its right result; but for `kept`, its GPUs are free then. */
  async end(kept: readonly string[] = []): Promise<void> {
    await this.letEnd();
    await this.#lab.client.result(this.sent, COMES_MS);
    await until('its GPUs to be free', async () => (await this.cards()).join() === kept.join(), COMES_MS);
  }
}
