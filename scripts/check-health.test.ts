import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const SCRIPT = join(import.meta.dirname, 'check-health.sh');

/** Runs the health check against a port; answers its exit code and what it printed. */
function check(port: number, path: string): Promise<{ code: number; stdout: string }> {
  const env = { PATH: process.env['PATH'], PORT: String(port) };
  return new Promise((resolve) => {
    const child = execFile('bash', [SCRIPT, path], { env }, (_error, stdout) => resolve({ code: child.exitCode ?? -1, stdout }));
  });
}

it('prints what a service answers, and fails unless that is a 200 that comes', async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/livez' ? 200 : 503, { 'content-type': 'application/json' });
    response.end(`{\n  "path": "${request.url}"\n}`);
  });
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await check(port, '/livez')).toEqual({ code: 0, stdout: '{\n  "path": "/livez"\n}\n' });
  expect(await check(port, '/readyz?verbose')).toEqual({ code: 1, stdout: '{\n  "path": "/readyz?verbose"\n}\n' });
  await new Promise((resolve) => server.close(resolve));
  expect(await check(port, '/livez')).toEqual({ code: 1, stdout: '' });
});
