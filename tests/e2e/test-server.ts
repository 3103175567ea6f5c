import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '@inference/service';
import { readConfig, type StartedServer, startServer } from '@inference/standalone';
import { testFolder } from '@inference/testing';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

/** A whole server, for the running test: every part real, in this process, on a free port and a folder of its own. */
export async function testServer(
  environment: Record<string, string> = {},
  args: string[] = [],
): Promise<StartedServer & { folder: string }> {
  const folder = await testFolder();
  const server = await startIn(folder, environment, args);
  onTestFinished(() => server.stop());
  return { ...server, folder };
}

/** One such server, by default with the usual settings, for all tests of a file, which must not depend on what others left in it. */
export function sharedServer(environment: Record<string, string> = {}): () => StartedServer {
  let server: StartedServer;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inference-test-'));
    await chmod(folder, 0o711);
    server = await startIn(folder, environment, []);
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return () => server;
}

async function startIn(folder: string, environment: Record<string, string>, args: string[]): Promise<StartedServer> {
  const read = readConfig(['--port', '0', '--data-dir', join(folder, 'data'), ...args], environment);
  if (!read.ok) throw new Error(read.problems.join('\n'));
  return startServer(read.config, createLog({ level: 'fatal' }));
}
