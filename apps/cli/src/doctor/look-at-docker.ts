import { askEngine, type EngineAddress } from '../machine/ask-engine.ts';
import { shownEngine } from '../machine/engine-address.ts';
import { broken, doubtful, type Finding, fine } from './finding.ts';
import { isOlder } from './is-older.ts';

/** Engines below this have a flaw that gives a hostile image the host through the archive calls (CVE-2026-41567). */
const ENGINE_WANTED = '29.5.1';
/** Engines below this speak an API that the server does not know. */
const ENGINE_LEAST = '20.10.0';
const UPDATE = 'Update the engine: https://docs.docker.com/engine/install/';

/** What an engine says of itself, as far as it matters here. */
export type EngineInfo = { readonly runtimes: readonly string[]; readonly hasNvidiaDevices: boolean };
export type DockerFindings = { readonly findings: readonly Finding[]; readonly engine: EngineInfo | null };

/** Looks whether the Docker engine answers this user, and how old it is. */
export async function lookAtDocker(address: EngineAddress | null): Promise<DockerFindings> {
  if (address === null)
    return {
      findings: [doubtful('docker', 'DOCKER_HOST names an engine that cannot be looked at from here.', 'docker version')],
      engine: null,
    };
  const version = await askEngine(address, '/version');
  if (!version.ok) return { findings: [unreachable(version.code, address)], engine: null };
  const info = await askEngine(address, '/info');
  return { findings: [ofVersion(textIn(version.value, 'Version'))], engine: info.ok ? engineInfo(info.value) : null };
}

function unreachable(code: string, address: EngineAddress): Finding {
  const place = shownEngine(address);
  if (code === 'EACCES' || code === 'EPERM')
    return broken('docker', `You may not speak to the engine at ${place}.`, 'sudo usermod -aG docker "$USER", then log in again');
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return broken(
      'docker',
      `There is no engine at ${place}.`,
      'Install Docker: https://docs.docker.com/engine/install/; then: sudo systemctl start docker',
    );
  if (code === 'ECONNREFUSED') return broken('docker', `The engine at ${place} is not running.`, 'sudo systemctl start docker');
  if (code === 'EPROTO')
    return broken('docker', `What listens at ${place} is no Docker engine.`, 'Unset DOCKER_SOCKET and DOCKER_HOST, or correct them');
  return broken('docker', `The engine at ${place} does not answer (${code}).`, 'sudo systemctl restart docker');
}

function ofVersion(version: string): Finding {
  if (isOlder(version, ENGINE_LEAST)) return broken('docker', `Engine ${version} is too old: ${ENGINE_LEAST} is the least.`, UPDATE);
  if (!isOlder(version, ENGINE_WANTED)) return fine('docker', `Engine ${version} answers.`);
  return doubtful('docker', `Engine ${version} answers; run no images of strangers with it: ${ENGINE_WANTED} mends holes.`, UPDATE);
}

function engineInfo(value: unknown): EngineInfo {
  const { Runtimes: runtimes, DiscoveredDevices: devices } = value as { Runtimes?: object; DiscoveredDevices?: unknown };
  const names = typeof runtimes === 'object' && runtimes !== null ? Object.keys(runtimes) : [];
  return { runtimes: names, hasNvidiaDevices: JSON.stringify(devices ?? []).includes('nvidia.com/gpu') };
}

function textIn(value: unknown, name: string): string {
  const found = (value as Record<string, unknown> | null)?.[name];
  return typeof found === 'string' ? found : '';
}
