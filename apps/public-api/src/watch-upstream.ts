import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export type UpstreamWatch = {
  readonly upstreamSilentMs: number;
  /** Nothing has come for so long, although something should: the connection is dead, or who is behind it. */
  readonly onSilent: () => void;
};

/** The connections on which the upstream has given a sign of life once. On the others it may be an older one, which gives none. */
const lively = new WeakSet<Duplex>();

/**
 * Notices an upstream that has gone without a word. Until it answers, it gives a sign of life (an interim answer) every 10 seconds, however
 * long the upload or the wait; then its answer comes, in which event streams have a comment every 15 seconds.
 */
export function watchUpstream(request: ClientRequest, answer: ServerResponse, { upstreamSilentMs, onSilent }: UpstreamWatch): void {
  const { socket } = request;
  if (socket === null) return;
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    // The client takes nothing, so nothing is read here.
    if (answer.writableNeedDrain) timer?.refresh();
    else onSilent();
  };
  const heard = () => {
    timer ??= setTimeout(look, upstreamSilentMs);
    timer.refresh();
  };
  if (lively.has(socket)) heard();
  request.on('information', () => {
    lively.add(socket);
    heard();
  });
  request.once('response', (answered: IncomingMessage) => {
    if (lively.has(socket)) answered.on('data', heard);
  });
  request.once('close', () => clearTimeout(timer));
}
