import { existsSync } from 'node:fs';
import { runCommand } from './run-command.ts';

/** An engine that answers later counts as hanging, in milliseconds. */
const ANSWER_LIMIT_MS = 10_000;

/** The version of the Docker engine, or null where none answers. */
export async function dockerVersion(): Promise<string | null> {
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
  return await runCommand('docker', ['version', '--format', '{{.Server.Version}}'], { signal }).catch(() => null);
}

/** Why containers cannot be measured here, or null where they can. */
export async function dockerReason(): Promise<string | null> {
  if ((await dockerVersion()) === null) return 'no Docker engine answers: install docker.io and start dockerd.';
  return existsSync('/bin/busybox') ? null : 'there is no static busybox to make an image of: install busybox-static.';
}
