import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Which answers of a connection are not over: several, where its client sends requests before it has got the answers. */
export type OpenAnswers = (socket: Duplex) => ReadonlySet<ServerResponse>;

const NONE: ReadonlySet<ServerResponse> = new Set();

/**
 * Keeps the open answers of each connection of a server, and cuts a connection with more than `pipelinedMax` of them: each holds a
 * connection to the upstream, and one packet can carry a thousand requests.
 */
export function trackAnswers(server: Server, pipelinedMax: number): OpenAnswers {
  const answers = new WeakMap<Duplex, Set<ServerResponse>>();
  const remember = (req: IncomingMessage, res: ServerResponse) => {
    const open = answers.get(req.socket) ?? new Set();
    answers.set(req.socket, open.add(res));
    res.once('close', () => open.delete(res));
    if (open.size > pipelinedMax) req.socket.destroy();
  };
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, remember);
  return (socket) => answers.get(socket) ?? NONE;
}
