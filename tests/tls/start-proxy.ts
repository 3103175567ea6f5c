import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts, until } from '@inference/testing';

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, '..', '..', 'traefik', 'certs', 'generate-self-signed.sh');
const CONFIGURATION = join(import.meta.dirname, 'haproxy.cfg');

/** A TLS proxy in front of the relay. */
export type TlsProxy = {
  readonly port: number;
  /** By the name that is in the certificate. */
  readonly url: string;
  /** The certificate, which clients must be told to trust. */
  readonly ca: Buffer;
  readonly caPath: string;
  readonly pid: number;
  stop(): Promise<void>;
};

/** Starts HAProxy on a free port of loopback, with a certificate made by the project's own script. */
export async function startProxy(relay: { readonly host: string; readonly port: number }): Promise<TlsProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'inference-proxy-'));
  await run('sh', [SCRIPT, '--localhost', 'models.example', folder]);
  const caPath = join(folder, 'cert.pem');
  const ca = await readFile(caPath);
  const pem = join(folder, 'both.pem');
  await writeFile(pem, Buffer.concat([ca, await readFile(join(folder, 'key.pem'))]), { mode: 0o600 });
  const [port = 0] = await freePorts(1);
  const environment = { LISTEN: `127.0.0.1:${port}`, RELAY: `${relay.host}:${relay.port}`, PEM: pem };
  const child = spawn('haproxy', ['-db', '-f', CONFIGURATION], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...environment, PATH: process.env['PATH'] },
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until('the proxy to listen', () => {
      if (child.exitCode !== null) throw new Error(`haproxy ended: ${errors}`);
      return isListening(port);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, url: `https://localhost:${port}`, ca, caPath, pid: child.pid ?? 0, stop };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const answer = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false);
  socket.destroy();
  return answer;
}
