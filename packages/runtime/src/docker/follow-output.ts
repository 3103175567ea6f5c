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
  return relayed(stream, relay);
}

/** The same for a container that was started long ago: what the engine has kept of its output comes first. */
export async function readOutput(container: Docker.Container, daemon: Daemon, relay: OutputRelay): Promise<FollowedOutput> {
  // The signal would end the stream as well as the request, but is aborted only while there is no stream yet.
  const stream = await daemon.call('read the output of a container', DAEMON_LIMITS_MS.look, (_docker, abortSignal) =>
    container.logs({ follow: true, stdout: true, stderr: true, abortSignal }),
  );
  return relayed(stream, relay);
}

/** Hands on what a stream of the engine brings; while the relay has no room, nothing more is read. */
export function relayed(stream: NodeJS.ReadableStream, relay: OutputRelay): FollowedOutput {
  const demux = new LogDemux((name, bytes) => relay.write(name, bytes));
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  stream.on('data', (bytes: Buffer) => {
    demux.write(bytes);
    const room = relay.room();
    if (room === null) return;
    stream.pause();
    void room.then(() => stream.resume());
  });
  stream.once('end', resolve);
  stream.once('close', resolve);
  stream.on('error', () => resolve());
  return { ended, close: () => (stream as NodeJS.ReadableStream & { destroy(): void }).destroy() };
}
