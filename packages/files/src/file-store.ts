import type { Readable } from 'node:stream';

/** A file that lies complete and durable in the store. */
export type StoredFile = {
  readonly key: string;
  readonly bytes: number;
  /** SHA-256 of the content, 64 hexadecimal digits. */
  readonly sha256: string;
};

/** Bytes from `start` to `end`, both included. */
export type ByteRange = { readonly start: number; readonly end: number };

/** Takes a piece of a file and answers whether more is wanted. The bytes are overwritten once it has answered: who keeps them copies them. */
export type Take = (bytes: Buffer) => Promise<boolean>;

/** A received file that is complete on disk but not yet in its place: `keep` or `discard` it. */
export interface ReceivedFile {
  readonly bytes: number;
  readonly sha256: string;
  /** Where it can be read meanwhile, by the zip check. */
  readonly path: string;
  /** fsync, rename, fsync of the folder. When this resolves, the file survives a power cut. */
  keep(key: string): Promise<StoredFile>;
  discard(): Promise<void>;
}

/** How large the place is where files are kept, and what of it is free for them, in bytes. */
export type Space = { readonly bytes: number; readonly freeBytes: number };

/** Keeps inputs, outputs and model zips. Keys look like `inputs/<uid>.zip`. Adapters: disk; S3 later. */
export interface FileStore {
  /** Streams a body to a temporary place, counting and hashing. Rejects with `upload_too_large` above `bytesMax`, and leaves nothing behind. */
  receive(body: Readable, bytesMax: number): Promise<ReceivedFile>;
  /** Hands a file, or a range of it, to `take` piece by piece. Answers false when there is no such file; rejects when it cannot be read to its end. */
  read(key: string, take: Take, range?: ByteRange): Promise<boolean>;
  /** Size in bytes, or null when there is no such file. */
  size(key: string): Promise<number | null>;
  /** Puts a file's content at `path` on this machine (a hard link where that can be had). */
  copyTo(key: string, path: string): Promise<void>;
  /** Keeps a file's content, which never changes, under a second key, too, durably. Answers false when there is no such file. */
  copy(key: string, newKey: string): Promise<boolean>;
  /** Deletes a file; one that does not exist is no error. */
  delete(key: string): Promise<void>;
  /** The id by which two ways to one store are known to lead to the same; null where nobody has given it one. */
  id(): Promise<string | null>;
  /** Gives the store an id unless it has one, and answers the one that it has then. */
  claimId(id: string): Promise<string>;
  /** Whether it keeps no file at all. */
  isEmpty(): Promise<boolean>;
  /** How much room there is. */
  space(): Promise<Space>;
  /** Writes something small, reads it back and deletes it. Rejects when that does not work. */
  probe(): Promise<void>;
  /**
   * Deletes temporary files older than `ageMs`, and kept ones for which `isReferenced` says no; answers how many went. Where some cannot be
   * deleted, all others go first, and then it rejects with the first failure. Once `stop` is aborted it ends after the files in hand.
   */
  sweep(ageMs: number, isReferenced: (keys: readonly string[]) => Promise<ReadonlySet<string>>, stop?: AbortSignal): Promise<number>;
}
