import type { IncomingMessage, ServerResponse } from 'node:http';

export type IdleWatch = {
  readonly idleTimeoutMs: number;
  /** The client owes us bytes of its upload and sends none. */
  readonly onSilentSender: () => void;
};

/**
 * Cuts a client that stops sending its upload, or stops taking its answer. A client that waits for us is left alone, however long the
 * upstream takes. It rests on the socket's own time-out, so that it costs nothing per chunk.
 */
export function watchIdle(req: IncomingMessage, res: ServerResponse, watch: IdleWatch): void {
  const { socket } = req;
  const look = () => {
    // A paused upload waits for the upstream, and an answer that has begun decides by itself whether the client still takes bytes.
    if (res.headersSent && res.writableLength > 0) res.destroy();
    else if (!req.complete && req.readableFlowing && !res.headersSent) watch.onSilentSender();
    else socket.setTimeout(watch.idleTimeoutMs);
  };
  socket.setTimeout(watch.idleTimeoutMs);
  res.on('timeout', look);
}
