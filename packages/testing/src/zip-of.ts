import { buffer } from 'node:stream/consumers';
import { ZipArchive } from 'archiver';

/** A zip with these files: names and contents. */
export async function zipOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new ZipArchive({ zlib: { level: 1 } });
  for (const [name, content] of Object.entries(files)) zip.append(content, { name });
  const [whole] = await Promise.all([buffer(zip), zip.finalize()]);
  return whole;
}
