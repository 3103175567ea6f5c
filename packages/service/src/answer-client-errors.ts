import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError, type ErrorCode, newId } from '@inference/domain';
import { isV1Path } from './is-v1-path.ts';
import type { OpenAnswers } from './open-answers.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';
import { refusalBody } from './refusal-body.ts';

/** How long a client may take to read why its connection is closed, in milliseconds. */
const READ_REFUSAL_MS = 5_000;
/** How long an answer that has begun may take to end before the connection is cut for what came behind its request, in milliseconds. */
const BEGUN_ANSWER_MS = 5_000;

/** So much of what could not be parsed is looked at, in bytes. */
const LINE_BYTES_MAX = 512;
const FIRST_LINE = /^([A-Z]{3,7}) (\S+)/;
/** Somewhere later, behind any byte of a body: the end of a long request may come in a packet of its own, and have words of any kind in it. */
const LATER_LINE = /(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/\S*)/g;

type FirstLine = { readonly method: string; readonly url: string };

/** What Node tells of a request that it cannot parse. */
type ParserError = Error & { readonly code?: string; readonly rawPacket?: Buffer; readonly bytesParsed?: number };

/** Errors of the parser that have a code of their own. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Makes the server answer in JSON what its HTTP parser refuses: malformed, too large or too slow. */
export function answerClientErrors(server: Server, openAnswers: OpenAnswers): void {
  const waiting = new WeakSet<Socket>();
  server.on('clientError', (error: ParserError, socket: Socket) => {
    // The parser says it again of each packet that comes while an answer is waited for.
    if (waiting.has(socket)) return;
    const refuse = () => {
      if (!socket.writable || error.code === 'ECONNRESET') socket.destroy();
      else answerRaw(socket, refusalOf(error.code), firstLineIn(error));
    };
    const open = [...openAnswers(socket)];
    const [first] = open;
    // One that is complete goes out before what is written after it.
    const isComplete = open.length === 1 && first?.writableEnded === true;
    const answering = !isComplete && open.some((res) => res.headersSent);
    if (!answering) return refuse();
    // A second answer inside one that has begun would be taken for its content. What was written of that one still goes out.
    if (open.length > 1) return socket.destroySoon();
    // Its client may have all of it: the last byte is there a moment before the server has ended the answer.
    waiting.add(socket);
    const timer = setTimeout(() => socket.destroy(), BEGUN_ANSWER_MS);
    first?.once('close', () => {
      clearTimeout(timer);
      refuse();
    });
  });
}

/** A CONNECT would make the relay a tunnel to anywhere. */
export function refuseConnect({ method = '', url = '' }: IncomingMessage, socket: Duplex): void {
  answerRaw(socket, { error: new AppError('method_not_allowed'), header: 'Allow: GET, HEAD, POST, DELETE' }, { method, url });
}

type RawAnswer = { readonly error: AppError; readonly header?: string };

function refusalOf(parserCode = ''): RawAnswer {
  const code = CODES[parserCode];
  return { error: code === undefined ? new AppError('bad_request', 'The request is not valid HTTP.') : new AppError(code) };
}

/**
 * The first line of what could not be parsed, as far as it is there. Before that line there may be the rest of the body of a request that
 * was answered early.
 */
function firstLineIn({ rawPacket, bytesParsed = 0 }: ParserError): FirstLine {
  const part = (from: number, to: number) => rawPacket?.toString('latin1', from, to) ?? '';
  const later = () => [...part(Math.max(0, bytesParsed - LINE_BYTES_MAX), bytesParsed + LINE_BYTES_MAX).matchAll(LATER_LINE)].at(-1);
  const [, method = '', url = ''] = FIRST_LINE.exec(part(0, LINE_BYTES_MAX)) ?? later() ?? [];
  return { method, url };
}

function answerRaw(socket: Duplex, { error, header }: RawAnswer, { method, url }: FirstLine): void {
  const { status } = error;
  // What it was about may not be known: a problem holds all that the other form has.
  const isV1 = url === '' || isV1Path(url);
  const body = isV1 ? JSON.stringify(problemOf(error, { requestId: newId(), url })) : refusalBody(error);
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
  socket.end(`${head.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : body}`);
  socket.resume();
}
