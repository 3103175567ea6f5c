import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipOf } from '@inference/testing';
import { extractZip } from '@inference/zips';
import { untilSlowly } from './until-slowly.ts';

/** How long a test waits for the output of a task, in milliseconds: others may be ahead of it. */
const OUTPUT_LIMIT_MS = 180_000;

/** What an admin does with a running project, over a relay. */
export class ProjectClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, adminKey: string) {
    this.#url = url;
    this.#headers = { authorization: `Bearer ${adminKey}` };
  }

  async registerModel(id: string, image: string): Promise<void> {
    const query = new URLSearchParams({ human_readable_id: id, container_tag: image, use_gpu: 'false' });
    await this.#ask(`/api/models/?${query}`, { method: 'POST' });
  }

  /** Posts a task with these files as its input; answers the task's uid. */
  async post(model: string, files: Readonly<Record<string, string>>): Promise<string> {
    const body = new FormData();
    body.set('zip_file', new Blob([new Uint8Array(await zipOf(files))]), 'input.zip');
    return (await (await this.#ask(`/api/tasks/?model_human_readable_id=${model}`, { method: 'POST', body })).json()) as string;
  }

  /** Posts a task whose model runs this shell script. */
  postScript(model: string, script: string): Promise<string> {
    return this.post(model, { 'run.sh': script });
  }

  /** Waits for a task's output, a zip. */
  output(uid: string): Promise<Buffer> {
    return untilSlowly(
      `the output of ${uid}`,
      async () => {
        const answer = await fetch(`${this.#url}/api/tasks/${uid}`, { headers: this.#headers });
        if (answer.status === 551) return void (await answer.arrayBuffer());
        if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
        return Buffer.from(await answer.arrayBuffer());
      },
      OUTPUT_LIMIT_MS,
    );
  }

  /** Waits for a task's output and answers the text of one of its files. */
  async outputText(uid: string, name: string): Promise<string> {
    const zip = await this.output(uid);
    const folder = await mkdtemp(join(tmpdir(), 'inference-output-'));
    try {
      await writeFile(join(folder, 'output.zip'), zip);
      await extractZip(join(folder, 'output.zip'), join(folder, 'output'));
      return await readFile(join(folder, 'output', name), 'utf8');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The status with which a path answers. */
  async status(path: string): Promise<number> {
    const answer = await fetch(`${this.#url}${path}`, { headers: this.#headers });
    await answer.body?.cancel();
    return answer.status;
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    const answer = await fetch(`${this.#url}${path}`, { ...init, headers: this.#headers });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return answer;
  }
}
