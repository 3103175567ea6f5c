import type { Lease } from '@inference/contracts';

/**
 * What the file store calls an attempt's output. The name is made of the attempt and the whole hash, so a report can name nothing but
 * what its own attempt has stored: not another task's files, and no other content.
 */
export function outputKey({ taskUid, attempt }: Lease, sha256: string): string {
  return `outputs/${taskUid}.${attempt}.${sha256}.zip`;
}
