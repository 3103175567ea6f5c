import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What ELF calls the Itanium: nobody runs this on one, and no emulator takes it. */
const ELF_ITANIUM = 50;
const HEADER_BYTES = 64;

/** A program that is nothing but the header of one, for another processor than this machine's. */
export function foreignProgram(): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  // 64 bits, little-endian, version 1; then: an executable, its processor, version 1.
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(ELF_ITANIUM, 18);
  header.writeUInt32LE(1, 20);
  return header;
}

/** Makes an image whose command is this program, at /bin/model; null: there is none. */
export async function importProgramImage(name: string, program: Buffer | null): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'inference-image-'));
  try {
    await mkdir(join(root, 'bin'));
    if (program !== null) await writeFile(join(root, 'bin', 'model'), program, { mode: 0o755 });
    await run('sh', ['-c', `tar -C ${root} -c . | docker import -c 'ENTRYPOINT ["/bin/model"]' - ${name}`]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
