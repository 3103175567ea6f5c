import { join } from 'node:path';
import { createLog } from '@inference/service';
import { readConfig, type StartedServer, startServer } from '@inference/standalone';
import { testFolder } from '@inference/testing';
import { onTestFinished } from 'vitest';

/** A whole server, for the running test: every part real, in this process, on a free port and a folder of its own. */
export async function testServer(
  environment: Record<string, string> = {},
  args: string[] = [],
): Promise<StartedServer & { folder: string }> {
  const folder = await testFolder();
  const read = readConfig(['--port', '0', '--data-dir', join(folder, 'data'), ...args], environment);
  if (!read.ok) throw new Error(read.problems.join('\n'));
  const server = await startServer(read.config, createLog({ level: 'fatal' }));
  onTestFinished(() => server.stop());
  return { ...server, folder };
}
