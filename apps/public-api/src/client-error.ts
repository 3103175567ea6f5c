import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError, newId } from '@inference/domain';
import { isV1Path, PROBLEM_TYPE, problemOf } from '@inference/service';
import type { OpenAnswers } from './open-answers.ts';
import { refusalBody } from './refuse.ts';

/** How long a client may take to read why its connection is closed. */
const READ_REFUSAL_MS = 5_000;

/** So much of what could not be parsed is looked at, in bytes. */
const LINE_BYTES_MAX = 512;

/** Errors of the parser that have a status of their own. */
const WORDED: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers of the request are too large or too many: send fewer.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time: send it again.'],
};

/** Makes the server answer in JSON what its HTTP parser refuses: malformed, too large or too slow. */
export function answerClientErrors(server: Server, openAnswers: OpenAnswers): void {
  server.on('clientError', (error: Error & { code?: string; rawPacket?: Buffer }, socket: Socket) => {
    const answering = [...openAnswers(socket)].some((res) => res.headersSent);
    // A second answer inside one that has begun would be taken for its content. What was written of that one still goes out.
    if (answering) socket.destroySoon();
    else if (!socket.writable || error.code === 'ECONNRESET') socket.destroy();
    else answerRaw(socket, refusalOf(error.code), urlIn(error.rawPacket));
  });
}

/** A CONNECT would make the relay a tunnel to anywhere. */
export function refuseConnect(_req: IncomingMessage, socket: Duplex): void {
  answerRaw(socket, { status: 405, error: new AppError('method_not_allowed'), header: 'Allow: GET, HEAD, POST, DELETE' });
}

type RawAnswer = { readonly status: number; readonly error: AppError; readonly header?: string };

function refusalOf(code: string | undefined): RawAnswer {
  const [status, message] = WORDED[code ?? ''] ?? [400, 'The request is not valid HTTP.'];
  return { status, error: new AppError('bad_request', message) };
}

/** The address in the first line of what could not be parsed; empty where there is none. */
function urlIn(packet: Buffer | undefined): string {
  return /^[A-Z]+ (\/\S*)/.exec(packet?.toString('latin1', 0, LINE_BYTES_MAX) ?? '')?.[1] ?? '';
}

function answerRaw(socket: Duplex, { status, error, header }: RawAnswer, url = ''): void {
  const isV1 = isV1Path(url);
  const body = isV1 ? JSON.stringify({ ...problemOf(error, { requestId: newId(), url }), status }) : refusalBody(error);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...(header === undefined ? [] : [header]),
    'Connection: close',
    `Content-Type: ${isV1 ? PROBLEM_TYPE : 'application/json'}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  const timer = setTimeout(() => socket.destroy(), READ_REFUSAL_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.on('error', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.resume();
}
