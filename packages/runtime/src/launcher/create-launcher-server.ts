import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { DaemonFault } from '../docker/daemon.ts';
import { Launcher, type LauncherOptions } from './launcher.ts';
import { type LauncherRoute, PROTOCOL, PROTOCOL_HEADER } from './launcher-protocol.ts';
import { LineAnswer } from './line-answer.ts';
import { MESSAGE_SCHEMAS } from './message-schemas.ts';
import { readMessage } from './read-message.ts';
import { Refused } from './refused.ts';

/** A message is whole within this time, in milliseconds, or its connection is cut; how often that is looked at. */
const MESSAGE_MS = 10_000;
const LOOK_MS = 1_000;
/** Each attempt that runs has a connection; what comes beyond so many is closed unheard. */
const CONNECTIONS_MAX = 2_048;
const HEADER_BYTES_MAX = 4_096;

export type LauncherServerOptions = LauncherOptions & {
  /** Told of what the launcher did not foresee, and of why an answer that had begun broke off, for the log. */
  onFault(error: Error): void;
  /** For tests; left out: the constants above. */
  readonly messageMs?: number;
  readonly connectionsMax?: number;
};

const OTHER_VERSION = 'The launcher is of another version than the consumer: upgrade both.';

/** Makes the server of a launcher. It belongs on a unix socket in a folder of the consumers' and its own: who reaches it may run containers. */
export function createLauncherServer(options: LauncherServerOptions): Server {
  const launcher = new Launcher(options);
  const { messageMs = MESSAGE_MS, connectionsMax = CONNECTIONS_MAX, onFault } = options;
  const limits = { headersTimeout: messageMs, requestTimeout: messageMs, connectionsCheckingInterval: Math.min(LOOK_MS, messageMs) };
  const server = createServer({ ...limits, maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
    answer(launcher, request, response).catch((error: Error) => {
      const { status, said } = refusalOf(error);
      if (status === 500 || response.headersSent) onFault(error);
      // What had begun breaks off: nobody takes it for whole, and only the log says why.
      if (response.headersSent) response.destroy();
      else refuse(response, status, said);
    });
  });
  server.maxConnections = connectionsMax;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable) return;
    const said =
      error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? `The message was not whole within ${messageMs / 1000} s.` : 'This is no HTTP request.';
    const body = JSON.stringify({ error: said });
    socket.end(`HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  });
  return server;
}

function refusalOf(error: Error): { status: number; said: string } {
  if (error instanceof Refused) return { status: error.status, said: error.message };
  if (error instanceof DaemonFault) return { status: 502, said: error.message };
  return { status: 500, said: 'The launcher had a fault; its log has the details.' };
}

function refuse(response: ServerResponse, status: number, said: string): void {
  tellAll(response, status, { error: said });
}

function tellAll(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
}

async function answer(launcher: Launcher, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const route = request.url?.slice(1) ?? '';
  if (!Object.hasOwn(MESSAGE_SCHEMAS, route)) throw new Refused(404, 'The launcher knows no such request.');
  if (request.method !== 'POST') throw new Refused(405, 'The launcher is asked by POST.');
  if ((request.headers[PROTOCOL_HEADER] ?? PROTOCOL) !== PROTOCOL) throw new Refused(400, OTHER_VERSION);
  const message = await readMessage(request);
  if ('fault' in message) {
    // Nobody hears an answer.
    if (message.fault === 'broken off') return;
    if (message.fault === 'too long') throw new Refused(413, 'The message is too long.');
    throw new Refused(400, 'The message is no JSON.');
  }
  await ANSWERS[route as LauncherRoute](launcher, message.json, response);
}

type Answer = (launcher: Launcher, json: unknown, response: ServerResponse) => Promise<void>;

const ANSWERS: Readonly<Record<LauncherRoute, Answer>> = {
  check: async (launcher, json, response) => tellAll(response, 200, await launcher.check(parsed('check', json))),
  adopt: async (launcher, json, response) => tellAll(response, 200, { adopted: await launcher.adopt(parsed('adopt', json)) }),
  sweep: async (launcher, json, response) => tellAll(response, 200, { gone: await launcher.sweep(parsed('sweep', json)) }),
  async stop(launcher, json, response) {
    await launcher.stop(parsed('stop', json));
    tellAll(response, 200, {});
  },
  async release(launcher, json, response) {
    await launcher.release(parsed('release', json));
    tellAll(response, 200, {});
  },
  async prepare(launcher, json, response) {
    const message = parsed('prepare', json);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const lines = new LineAnswer(response);
    try {
      lines.end({ kind: 'prepared', prepared: await launcher.prepare(message, lines, gone.signal) });
    } catch (error) {
      // Nobody waits for it any more, and what was left undone is nobody's fault.
      if (!gone.signal.aborted) throw error;
    }
  },
  // Both go on when their consumer has gone: its next start goes on with the model.
  async run(launcher, json, response) {
    const message = parsed('run', json);
    const lines = new LineAnswer(response);
    lines.end({ kind: 'end', end: await launcher.run(message, lines, () => lines.tell({ kind: 'begun' })) });
  },
  async follow(launcher, json, response) {
    const message = parsed('follow', json);
    const lines = new LineAnswer(response);
    const end = await launcher.follow(message, lines, () => lines.tell({ kind: 'begun' }));
    lines.end(end === null ? { kind: 'gone' } : { kind: 'end', end });
  },
};

/** @throws Refused that names the first thing that is not as it must be */
function parsed<R extends LauncherRoute>(route: R, json: unknown) {
  const read = (MESSAGE_SCHEMAS[route] as (typeof MESSAGE_SCHEMAS)[R]).safeParse(json);
  if (read.success) return read.data as ReturnType<(typeof MESSAGE_SCHEMAS)[R]['parse']>;
  const [issue] = read.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? 'the message' : issue.path.join('.');
  throw new Refused(400, `The message is not as it must be: ${place}: ${issue?.message ?? 'not valid'}.`);
}
