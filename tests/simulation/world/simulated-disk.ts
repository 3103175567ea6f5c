import type { Disk, OpenFile } from '@inference/disk';
import type { ProcessLife } from './process-life.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

const DISK_BYTES = 1024 ** 4;

/** A file's content now, and as it was when it was last synced. */
type Inode = { content: Buffer; synced: Buffer; changedMs: number };
type Folder = {
  readonly entries: Map<string, Node> /** Its names as they were when it was last synced. */;
  synced: Map<string, Node>;
  changedMs: number;
};
type Node = Inode | Folder;

/**
 * The disk of a simulated machine: it outlives processes. A power cut takes it back to what was synced: content that was not, names that
 * were not, each by chance, as a real one may have written them out by itself.
 */
export class SimulatedDisk {
  isFull = false;
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #root: Folder;

  /** @param folder made by the admin of the machine, long ago */
  constructor(timeline: Timeline, random: Random, folder: string) {
    this.#timeline = timeline;
    this.#random = random;
    this.#root = this.#newFolder();
    this.#makeFolder(folder);
    this.#syncFolder('/');
  }

  /** The disk as a process sees it. */
  seenBy(life: ProcessLife): Disk {
    const slow = () => (this.#random.chance(0.15) ? this.#random.below(20) : 0);
    const does = <Answer>(work: () => Answer) => life.ask(work, slow());
    return {
      makeFolder: (path) => does(() => this.#makeFolder(path)),
      list: (path) => does(() => [...this.#folder(path).entries.keys()].sort()),
      find: (path) => does(() => this.#find(path)),
      create: (path) => does(() => this.#create(path, does)),
      open: (path) => does(() => this.#open(path, does)),
      readText: (path) => does(() => this.#fileAt(path)?.content.toString() ?? null),
      rename: (from, to) => does(() => this.#rename(from, to)),
      link: (from, to) => does(() => this.#link(from, to)),
      copyFile: (from, to) => does(() => this.#copy(from, to)),
      remove: (path) => does(() => this.#remove(path)),
      touch: (path) => does(() => this.#touch(path)),
      syncFolder: (path) => does(() => this.#syncFolder(path)),
      space: () => does(() => ({ bytes: DISK_BYTES, freeBytes: this.isFull ? 0 : DISK_BYTES / 2 })),
    };
  }

  /** A file's content, for who looks at the world from outside. */
  contentOf(path: string): Buffer | null {
    return this.#fileAt(path)?.content ?? null;
  }

  /** The files below a folder, for who looks from outside. */
  filesBelow(path: string): string[] {
    const node = this.#node(path);
    if (node === null) return [];
    if (!isFolder(node)) return [path];
    return [...node.entries.keys()].flatMap((name) => this.filesBelow(`${path}/${name}`));
  }

  /** Whether a file or folder is there. */
  has(path: string): boolean {
    return this.#node(path) !== null;
  }

  /** Writes a file from outside, as a model does. */
  put(path: string, content: Buffer): void {
    if (this.isFull) throw full();
    const [folder, name] = this.#place(path);
    folder.entries.set(name, { content, synced: Buffer.alloc(0), changedMs: this.#timeline.nowMs });
  }

  /** The machine loses its power. */
  cutPower(): void {
    this.#forget(this.#root);
  }

  #forget(folder: Folder): void {
    const names = new Set([...folder.entries.keys(), ...folder.synced.keys()]);
    for (const name of names) {
      const [now, before] = [folder.entries.get(name), folder.synced.get(name)];
      if (now === before || this.#random.chance(0.5)) continue;
      if (before === undefined) folder.entries.delete(name);
      else folder.entries.set(name, before);
    }
    for (const node of folder.entries.values()) {
      if (isFolder(node)) this.#forget(node);
      else if (this.#random.chance(0.5)) node.content = node.synced;
    }
    folder.synced = new Map(folder.entries);
  }

  #makeFolder(path: string): void {
    let folder = this.#root;
    for (const name of partsOf(path)) {
      let next = folder.entries.get(name);
      if (next === undefined) {
        if (this.isFull) throw full();
        next = this.#newFolder();
        folder.entries.set(name, next);
      }
      if (!isFolder(next)) throw fault('ENOTDIR', path);
      folder = next;
    }
  }

  #find(path: string) {
    const node = this.#node(path);
    if (node === null) return null;
    return { isFolder: isFolder(node), bytes: isFolder(node) ? 0 : node.content.length, ageMs: this.#timeline.nowMs - node.changedMs };
  }

  #create(path: string, does: <Answer>(work: () => Answer) => Promise<Answer>): OpenFile {
    const [folder, name] = this.#place(path);
    if (folder.entries.has(name)) throw fault('EEXIST', path);
    if (this.isFull) throw full();
    const inode: Inode = { content: Buffer.alloc(0), synced: Buffer.alloc(0), changedMs: this.#timeline.nowMs };
    folder.entries.set(name, inode);
    return this.#opened(inode, does);
  }

  #open(path: string, does: <Answer>(work: () => Answer) => Promise<Answer>): OpenFile | null {
    const inode = this.#fileAt(path);
    return inode === null ? null : this.#opened(inode, does);
  }

  #opened(inode: Inode, does: <Answer>(work: () => Answer) => Promise<Answer>): OpenFile {
    return {
      write: (pieces) =>
        does(() => {
          if (this.isFull) throw full();
          inode.content = Buffer.concat([inode.content, ...pieces]);
          inode.changedMs = this.#timeline.nowMs;
        }),
      sync: () =>
        does(() => {
          inode.synced = inode.content;
        }),
      read: (into, position) => does(() => inode.content.copy(into, 0, position)),
      bytes: () => does(() => inode.content.length),
      close: () => does(() => {}),
    };
  }

  #rename(from: string, to: string): void {
    const [source, name] = this.#place(from);
    const node = source.entries.get(name);
    if (node === undefined) throw fault('ENOENT', from);
    const [target, newName] = this.#place(to);
    source.entries.delete(name);
    target.entries.set(newName, node);
  }

  #link(from: string, to: string): void {
    const inode = this.#fileAt(from);
    if (inode === null) throw fault('ENOENT', from);
    const [folder, name] = this.#place(to);
    if (folder.entries.has(name)) throw fault('EEXIST', to);
    folder.entries.set(name, inode);
  }

  #copy(from: string, to: string): void {
    const inode = this.#fileAt(from);
    if (inode === null) throw fault('ENOENT', from);
    this.put(to, inode.content);
  }

  #remove(path: string): void {
    const parts = partsOf(path);
    const folder = this.#walk(parts, parts.length - 1);
    if (folder !== null && isFolder(folder)) folder.entries.delete(parts.at(-1) ?? '');
  }

  #touch(path: string): void {
    const node = this.#node(path);
    if (node === null) throw fault('ENOENT', path);
    node.changedMs = this.#timeline.nowMs;
  }

  #syncFolder(path: string): void {
    const folder = this.#folder(path);
    folder.synced = new Map(folder.entries);
  }

  #folder(path: string): Folder {
    const node = this.#node(path);
    if (node === null) throw fault('ENOENT', path);
    if (!isFolder(node)) throw fault('ENOTDIR', path);
    return node;
  }

  #fileAt(path: string): Inode | null {
    const node = this.#node(path);
    return node === null || isFolder(node) ? null : node;
  }

  /** The folder that a path lies in, and its name there. */
  #place(path: string): [Folder, string] {
    const parts = partsOf(path);
    const folder = this.#walk(parts, parts.length - 1);
    if (folder === null || !isFolder(folder)) throw fault('ENOENT', path);
    return [folder, parts.at(-1) ?? ''];
  }

  #node(path: string): Node | null {
    const parts = partsOf(path);
    return this.#walk(parts, parts.length);
  }

  /** What the first so many parts of a path lead to. */
  #walk(parts: readonly string[], count: number): Node | null {
    let node: Node = this.#root;
    for (let at = 0; at < count; at++) {
      const next: Node | undefined = isFolder(node) ? node.entries.get(parts[at] ?? '') : undefined;
      if (next === undefined) return null;
      node = next;
    }
    return node;
  }

  #newFolder(): Folder {
    return { entries: new Map(), synced: new Map(), changedMs: this.#timeline.nowMs };
  }
}

function isFolder(node: Node): node is Folder {
  return 'entries' in node;
}

/** The parts of paths that were asked for: each is, many times. */
const parted = new Map<string, readonly string[]>();
const PARTED_MAX = 4_000;

function partsOf(path: string): readonly string[] {
  const known = parted.get(path);
  if (known !== undefined) return known;
  const parts = path.split('/').filter(Boolean);
  if (parted.size === PARTED_MAX) parted.clear();
  parted.set(path, parts);
  return parts;
}

function fault(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

function full(): NodeJS.ErrnoException {
  return Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
}
