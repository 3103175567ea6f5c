import { readFile } from 'node:fs/promises';
// The whole module: an old Node lacks these functions, and would say only that before it could be told to be updated.
import tls from 'node:tls';
import { trustAnyCertificate } from '../config.ts';
import { UsageError } from '../usage-error.ts';

/** Trusts the authorities in a file (PEM) beside the usual ones; or, where that was asked for, any certificate at all. */
export async function trustCertificates({ cacert, insecure }: { cacert?: string; insecure?: boolean }): Promise<void> {
  if (insecure === true) trustAnyCertificate();
  if (cacert === undefined) return;
  try {
    tls.setDefaultCACertificates([...tls.getCACertificates(), await readFile(cacert, 'utf8')]);
  } catch (error) {
    throw new UsageError(`--cacert ${cacert}: ${(error as Error).message}`);
  }
}
