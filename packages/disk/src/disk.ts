/** What a path leads to. */
export type Entry = {
  readonly isFolder: boolean;
  readonly bytes: number;
  /** Since it was last written or touched, in milliseconds. */
  readonly ageMs: number;
};

/** How large the file system below a path is, and what of it is free for us, in bytes. */
export type Space = { readonly bytes: number; readonly freeBytes: number };

/**
 * Files and folders of this machine, by absolute path. What was written lasts through a power cut only once it was synced: content by
 * `OpenFile.sync`, names by `syncFolder` of the folder that they are in. Adapters: Node's file system; a simulated one that forgets what
 * was not synced.
 */
export interface Disk {
  /** Makes a folder and those above it; one that is there already is no error. */
  makeFolder(path: string, mode?: number): Promise<void>;
  /** The names in a folder. Rejects with the code ENOENT where there is none. */
  list(path: string): Promise<string[]>;
  /** What is at a path, null where nothing is. */
  find(path: string): Promise<Entry | null>;
  /** Makes a file, 0600, to write to. Rejects with the code EEXIST where something is already. */
  create(path: string): Promise<OpenFile>;
  /** Opens a file to read it; null where there is none. */
  open(path: string): Promise<OpenFile | null>;
  /** A small file, whole; null where there is none. */
  readText(path: string): Promise<string | null>;
  /** Gives something another name; a file that has that name is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name. Rejects with the code EEXIST, EXDEV, EPERM or EMLINK where that cannot be. */
  link(from: string, to: string): Promise<void>;
  copyFile(from: string, to: string): Promise<void>;
  /** Removes a file or a folder with all that is in it; what is not there is no error. */
  remove(path: string): Promise<void>;
  /** Makes something as young as if it was written now. */
  touch(path: string): Promise<void>;
  /** Makes the names in a folder last. */
  syncFolder(path: string): Promise<void>;
  space(path: string): Promise<Space>;
}

/** An open file. */
export interface OpenFile {
  /** Writes pieces one after the other, at the end of what was written. */
  write(pieces: readonly Buffer[]): Promise<void>;
  /** Makes the content last. */
  sync(): Promise<void>;
  /** Reads from a position until the buffer is full or the file ends; answers how many bytes. */
  read(into: Buffer, position: number): Promise<number>;
  bytes(): Promise<number>;
  close(): Promise<void>;
}
