import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Zips } from '@inference/consumer';
import type { Disk } from '@inference/disk';
import type { ZipChecker } from '@inference/zips';
import type { ProcessLife } from './process-life.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

/** What every zip of the simulated world begins with: its content is one file. */
const MARK = 'zip:';
/** The one file of an input, ... */
export const INPUT_FILE = 'input';
/** ... and of an output. */
export const OUTPUT_FILE = 'result';

export function zipOfText(text: string): Buffer {
  return Buffer.from(`${MARK}${text}`);
}

/** What the files of the model contain. */
export const WEIGHTS = 'weights';

/** What a model makes of the input that it reads, and of its own files. */
export function resultOf(input: string, weights = WEIGHTS): string {
  return hash('sha256', `${weights}/${input}`);
}

/** Packs and unpacks in the same steps on the disk as the real thing, one file each: the real zips have tests of their own. */
export function zipsSeenBy(disk: Disk): Zips {
  return {
    async extract(path, folder, { signal } = {}) {
      signal?.throwIfAborted();
      const content = await disk.readText(path);
      if (content === null || !content.startsWith(MARK)) throw new Error('The zip on this machine is not whole.');
      await disk.makeFolder(folder);
      const file = await disk.create(`${folder}/${INPUT_FILE}`);
      await file.write([Buffer.from(content.slice(MARK.length))]);
      await file.close();
      return { entries: 1, contentBytes: content.length };
    },
    // Simulated models write one small file.
    isOverLimits: async () => false,
    collect(folder) {
      const { promise: summary, resolve, reject } = Promise.withResolvers<{ warnings: string[]; entries: number; contentBytes: number }>();
      summary.catch(() => {});
      const make = async (): Promise<Buffer> => {
        const content = (await disk.readText(`${folder}/${OUTPUT_FILE}`)) ?? '';
        resolve({ warnings: [], entries: 1, contentBytes: content.length });
        return zipOfText(content);
      };
      const zip = new Readable({
        read() {
          make().then(
            (content) => {
              this.push(content);
              this.push(null);
            },
            (error) => {
              reject(error);
              this.destroy(error);
            },
          );
        },
      });
      zip.once('close', () => reject(new Error('the zip was abandoned')));
      return { zip, summary };
    },
  };
}

/** Checks uploads as the processes of the real checker do: it finds a zip, or not. */
export function zipCheckerSeenBy(life: ProcessLife, disk: SimulatedDisk): ZipChecker {
  return {
    check: (path) =>
      life.ask(() => {
        const content = disk.contentOf(path);
        if (content === null) throw new Error('the zip could not be read');
        if (content.toString().startsWith(MARK)) return { ok: true as const, entries: 1, contentBytes: content.length };
        return { ok: false as const, code: 'zip_not_a_zip' as const, message: 'The upload is no zip.' };
      }),
    load: () => ({ waiting: 0, waitingMax: 256 }),
    close: async () => {},
  };
}
