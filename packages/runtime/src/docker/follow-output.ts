import type Docker from 'dockerode';
import type { OutputRelay } from '../output-relay.ts';
import { DAEMON_LIMITS_MS, type Daemon } from './daemon.ts';
import { LogDemux } from './log-demux.ts';

export type FollowedOutput = {
  /** Resolves when the last byte has come, or the connection broke (then waiting for the container fails and tells). */
  readonly ended: Promise<void>;
  close(): void;
};

/**
 * Follows what a container writes. Call it before the start: then every byte comes, in order, and a slow observer slows the
 * model instead of filling memory.
 */
export async function followOutput(container: Docker.Container, daemon: Daemon, relay: OutputRelay): Promise<FollowedOutput> {
  const stream = await daemon.call('follow a container', DAEMON_LIMITS_MS.look, (_docker, abortSignal) =>
    container.attach({ stream: true, stdout: true, stderr: true, abortSignal }),
  );
  const demux = new LogDemux((name, bytes) => relay.write(name, bytes));
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  stream.on('data', (bytes: Buffer) => demux.write(bytes));
  stream.once('end', resolve);
  stream.once('close', resolve);
  stream.on('error', () => resolve());
  return { ended, close: () => (stream as NodeJS.ReadWriteStream & { destroy(): void }).destroy() };
}
