import type { EngineAddress } from './ask-engine.ts';

/** Where the engine is that the server of this machine uses; null for one that is reached by other means (ssh, TLS). */
export function engineAddress(dockerSocket: string | undefined, dockerHost: string | undefined): EngineAddress | null {
  if (dockerSocket !== undefined) return { socketPath: dockerSocket };
  if (dockerHost === undefined) return { socketPath: '/var/run/docker.sock' };
  if (dockerHost.startsWith('unix://')) return { socketPath: dockerHost.slice('unix://'.length) };
  const { protocol, hostname = '', port = '' } = URL.parse(dockerHost) ?? {};
  return protocol === 'tcp:' ? { host: hostname, port: Number(port === '' ? 2375 : port) } : null;
}

/** The same for people. */
export function shownEngine(address: EngineAddress): string {
  return 'socketPath' in address ? address.socketPath : `${address.host}:${address.port}`;
}
