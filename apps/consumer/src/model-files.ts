import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { extractZip } from '@inference/zips';

/** A model's static files, extracted; `release` says that this attempt needs them no more. */
export type HeldModelFiles = { readonly folder: string; release(): void };

/** What one model's files are and where they come from. */
export type ModelZip = { readonly sha256: string; readonly bytes: number; fetch(path: string): Promise<void> };

/**
 * Keeps the extracted files of models, by the hash of their zip: tasks of one model share them. When they and a zip to come add up
 * to more than `bytesMax`, those used longest ago go, but never one that an attempt uses.
 */
export class ModelFiles {
  readonly #root: string;
  readonly #bytesMax: number;
  readonly #uses = new Map<string, number>();
  readonly #arriving = new Map<string, Promise<void>>();

  constructor(root: string, bytesMax: number) {
    this.#root = root;
    this.#bytesMax = bytesMax;
  }

  async hold(zip: ModelZip): Promise<HeldModelFiles> {
    const { sha256 } = zip;
    this.#uses.set(sha256, (this.#uses.get(sha256) ?? 0) + 1);
    const release = () => this.#uses.set(sha256, (this.#uses.get(sha256) ?? 1) - 1);
    try {
      await this.#present(zip);
      return { folder: this.#folder(sha256), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /**
   * Brings the files if they are not there; attempts that want the same at once wait for one arrival. One that another attempt began
   * may fail for that attempt's own reasons, as when it is cancelled: then this one begins anew.
   */
  async #present(zip: ModelZip): Promise<void> {
    for (let others = this.#arriving.get(zip.sha256); others !== undefined; others = this.#arriving.get(zip.sha256)) {
      const came = await others.then(
        () => true,
        () => false,
      );
      if (came) return;
    }
    const arriving = this.#arrive(zip).finally(() => this.#arriving.delete(zip.sha256));
    this.#arriving.set(zip.sha256, arriving);
    await arriving;
  }

  async #arrive(zip: ModelZip): Promise<void> {
    const folder = this.#folder(zip.sha256);
    const now = new Date();
    const found = await stat(folder).catch(() => null);
    if (found !== null) return await utimes(folder, now, now);
    await mkdir(this.#root, { recursive: true });
    await this.#makeRoom(zip.bytes);
    // Under another name until it is whole: what a crash leaves is never taken for a model.
    const partial = `${folder}.partial`;
    await rm(partial, { recursive: true, force: true });
    await rm(`${partial}.zip`, { force: true });
    await zip.fetch(`${partial}.zip`);
    await mkdir(partial);
    await extractZip(`${partial}.zip`, partial);
    await rm(`${partial}.zip`);
    await rename(partial, folder);
  }

  async #makeRoom(bytes: number): Promise<void> {
    const kept = await Promise.all(
      (await readdir(this.#root)).map(async (name) => ({ name, usedMs: (await stat(join(this.#root, name))).mtimeMs })),
    );
    const sizes = new Map(await Promise.all(kept.map(async ({ name }) => [name, await folderBytes(join(this.#root, name))] as const)));
    let total = bytes + [...sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const { name } of kept.sort((a, b) => a.usedMs - b.usedMs)) {
      if (total <= this.#bytesMax) return;
      if ((this.#uses.get(name) ?? 0) > 0 || name.includes('.partial')) continue;
      await rm(join(this.#root, name), { recursive: true, force: true });
      total -= sizes.get(name) ?? 0;
    }
  }

  #folder(sha256: string): string {
    return join(this.#root, sha256);
  }
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  let bytes = 0;
  for (const file of files) bytes += (await stat(join(file.parentPath, file.name))).size;
  return bytes;
}
