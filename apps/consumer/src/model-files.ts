import { join } from 'node:path';
import { type Disk, syncBelow } from '@inference/disk';
import type { Zips } from './zips.ts';

/** A model's static files, extracted; `release` says that this attempt needs them no more; it may say so twice. */
export type HeldModelFiles = { readonly folder: string; release(): void };

/** What one model's files are and where they come from. */
export type ModelZip = {
  readonly sha256: string;
  readonly bytes: number;
  /** Breaks off what is under way for this attempt. */
  readonly signal: AbortSignal;
  fetch(path: string): Promise<void>;
};

export type ModelFilesOptions = {
  /** The folder that they are kept in. */
  readonly root: string;
  readonly bytesMax: number;
  readonly disk: Disk;
  readonly zips: Pick<Zips, 'extract'>;
};

/** In the names of what is on its way here, or away. */
const PART = '.partial';

/**
 * Keeps the extracted files of models, by the hash of their zip: tasks of one model share them. When they and a zip to come add up
 * to more than `bytesMax`, those used longest ago go, but never one that an attempt uses.
 */
export class ModelFiles {
  readonly #options: ModelFilesOptions;
  readonly #uses = new Map<string, number>();
  readonly #arriving = new Map<string, Promise<void>>();
  /** Those that are losing their name. */
  readonly #leaving = new Map<string, Promise<void>>();
  /** Resolves once nobody makes room. */
  #roomMade = Promise.resolve();

  constructor(options: ModelFilesOptions) {
    this.#options = options;
  }

  async hold(zip: ModelZip): Promise<HeldModelFiles> {
    const { sha256 } = zip;
    this.#uses.set(sha256, (this.#uses.get(sha256) ?? 0) + 1);
    let isHeld = true;
    const release = () => {
      if (isHeld) this.#uses.set(sha256, (this.#uses.get(sha256) ?? 1) - 1);
      isHeld = false;
    };
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
    await this.#leaving.get(zip.sha256);
    for (let others = this.#arriving.get(zip.sha256); others !== undefined; others = this.#arriving.get(zip.sha256)) {
      const came = others.then(
        () => true,
        () => false,
      );
      if (await unlessAborted(came, zip.signal)) return;
    }
    const arriving = this.#arrive(zip).finally(() => this.#arriving.delete(zip.sha256));
    this.#arriving.set(zip.sha256, arriving);
    await arriving;
  }

  async #arrive(zip: ModelZip): Promise<void> {
    const { root, disk, zips } = this.#options;
    const folder = this.#folder(zip.sha256);
    if ((await disk.find(folder)) !== null) return await disk.touch(folder);
    await disk.makeFolder(root);
    await this.#inTurn(() => this.#letGoFor(zip.bytes));
    // Under another name until it is whole: what a crash leaves is never taken for a model.
    const partial = `${folder}${PART}`;
    const removePartial = async () => {
      await disk.remove(partial);
      await disk.remove(`${partial}.zip`);
    };
    await removePartial();
    try {
      await zip.fetch(`${partial}.zip`);
      await disk.makeFolder(partial);
      await zips.extract(`${partial}.zip`, partial, { signal: zip.signal });
      await disk.remove(`${partial}.zip`);
      // Before it has its name: files that a power cut has emptied would be taken for the model's from then on.
      await syncBelow(disk, partial);
      await disk.rename(partial, folder);
    } catch (error) {
      // It may be what fills the disk. What cannot be removed now is when room is made.
      await removePartial().catch(() => {});
      throw error;
    }
  }

  /**
   * Lets go of what was used longest ago, or was never whole; answers false where there is nothing that no attempt needs.
   *
   * @param inUse hashes of those that attempts have, or are about to ask for
   */
  async letGoOfOldest(inUse: readonly string[]): Promise<boolean> {
    let isGone = false;
    await this.#inTurn(async () => {
      const oldest = (await this.#oldestFirst()).find((name) => !inUse.includes(name) && !this.#isNeeded(name));
      if (oldest === undefined) return;
      await this.#letGo(oldest);
      isGone = true;
    });
    return isGone;
  }

  /** One after the other: two that look at once would let the same one go. */
  async #inTurn(makeRoom: () => Promise<void>): Promise<void> {
    const making = this.#roomMade.then(makeRoom);
    this.#roomMade = making.catch(() => {});
    await making;
  }

  /** What is there: first what was never whole, then the models' files, those first that were used longest ago. */
  async #oldestFirst(): Promise<string[]> {
    const { root, disk } = this.#options;
    const names = await disk.list(root).catch(noneThere);
    const kept = await Promise.all(names.map(async (name) => ({ name, ageMs: (await disk.find(join(root, name)))?.ageMs ?? 0 })));
    return kept.sort((a, b) => Number(isPart(b.name)) - Number(isPart(a.name)) || b.ageMs - a.ageMs).map(({ name }) => name);
  }

  async #letGoFor(bytes: number): Promise<void> {
    const { root, bytesMax, disk } = this.#options;
    const names = await this.#oldestFirst();
    const sizes = new Map(await Promise.all(names.map(async (name) => [name, await bytesBelow(disk, join(root, name))] as const)));
    let total = bytes + [...sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const name of names) {
      if (total <= bytesMax) return;
      if (this.#isNeeded(name)) continue;
      await this.#letGo(name);
      total -= sizes.get(name) ?? 0;
    }
  }

  /** Whether an attempt uses it, or is about to. */
  #isNeeded(name: string): boolean {
    const [sha256 = ''] = name.split('.');
    return isPart(name) ? this.#arriving.has(sha256) || this.#leaving.has(sha256) : (this.#uses.get(name) ?? 0) > 0;
  }

  /** Removes it. Its name goes first, and surely: what a crash leaves of it is not taken for a model, and who wants it now fetches it anew. */
  async #letGo(name: string): Promise<void> {
    const { root, disk } = this.#options;
    const gone = join(root, isPart(name) ? name : `${name}${PART}-gone`);
    if (!isPart(name)) {
      const leaving = this.#unname(join(root, name), gone).finally(() => this.#leaving.delete(name));
      // Nobody may begin to use it from here on; who wants it waits for this, whatever comes of it.
      this.#leaving.set(
        name,
        leaving.catch(() => {}),
      );
      await leaving;
    }
    await disk.remove(gone);
  }

  async #unname(folder: string, gone: string): Promise<void> {
    const { root, disk } = this.#options;
    await disk.remove(gone);
    await disk.rename(folder, gone);
    await disk.syncFolder(root);
  }

  #folder(sha256: string): string {
    return join(this.#options.root, sha256);
  }
}

/** @throws the signal's reason once it is aborted, whatever becomes of the promise */
async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function isPart(name: string): boolean {
  return name.includes(PART);
}

/** What goes while it is looked at, as an arrival that gets its name, counts as nothing. */
async function bytesBelow(disk: Disk, path: string): Promise<number> {
  const found = await disk.find(path);
  if (found === null || !found.isFolder) return found?.bytes ?? 0;
  let bytes = 0;
  for (const name of await disk.list(path).catch(noneThere)) bytes += await bytesBelow(disk, join(path, name));
  return bytes;
}

function noneThere(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
