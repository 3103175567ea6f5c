import { createHash } from 'node:crypto';
import type { Deps } from '@inference/private-api';
import type { StoredFiles } from '../tables.ts';

type Files = Deps['files'];

/** A file store in memory: what is simulated here are the races in the database. `stored` is what it keeps. */
export function createMemoryFiles(): Files & { readonly stored: StoredFiles } {
  const stored = new Map<string, { bytes: number; sha256: string }>();
  return {
    stored,
    receive: async (body) => {
      const pieces: Buffer[] = [];
      for await (const piece of body) pieces.push(Buffer.from(piece));
      const content = Buffer.concat(pieces);
      const [bytes, sha256] = [content.length, createHash('sha256').update(content).digest('hex')];
      const keep = async (key: string) => {
        stored.set(key, { bytes, sha256 });
        return { key, bytes, sha256 };
      };
      return { bytes, sha256, path: '', keep, discard: async () => {} };
    },
    read: async (key) => stored.has(key),
    size: async (key) => stored.get(key)?.bytes ?? null,
    copyTo: async () => {},
    copy: async (key, newKey) => {
      const file = stored.get(key);
      if (file !== undefined) stored.set(newKey, file);
      return file !== undefined;
    },
    delete: async (key) => void stored.delete(key),
    id: async () => 'memory',
    claimId: async () => 'memory',
    isEmpty: async () => stored.size === 0,
    space: async () => ({ bytes: 2 ** 40, freeBytes: 2 ** 40 }),
    probe: async () => {},
    sweep: async () => 0,
  };
}
