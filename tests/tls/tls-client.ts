import { createHash } from 'node:crypto';
import { connect as connect2, constants } from 'node:http2';
import { request as request1 } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TlsProxy } from './start-proxy.ts';

export type HttpVersion = 'HTTP/1.1' | 'HTTP/2';

export type Asked = {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it comes: a generator decides how fast. */
  readonly body?: Iterable<Buffer> | AsyncIterable<Buffer>;
};

/** What came back. The body of an answer is hashed and counted as it comes; of a short one, the text is kept. */
export type Answered = { readonly status: number; readonly bytes: number; readonly sha256: string; readonly text: string };

const TEXT_BYTES_MAX = 64 * 1024;

/** One request over TLS, on a connection of its own, with either version of HTTP. */
export function ask(proxy: TlsProxy, version: HttpVersion, asked: Asked): Promise<Answered> {
  return version === 'HTTP/2' ? overHttp2(proxy, asked) : overHttp1(proxy, asked);
}

async function overHttp1(proxy: TlsProxy, { method = 'GET', path, headers = {}, body = [] }: Asked): Promise<Answered> {
  const request = request1({ host: 'localhost', port: proxy.port, ca: proxy.ca, path, method, headers, agent: false });
  const answered = new Promise<Answered>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (answer) => readAnswer(answer.statusCode ?? 0, answer).then(resolve, reject));
  });
  // An answer that comes before the end of the upload counts, and what then becomes of the upload does not.
  const sent = pipeline(Readable.from(body, { objectMode: false }), request).then(() => answered);
  return Promise.race([answered, sent]);
}

async function overHttp2(proxy: TlsProxy, { method = 'GET', path, headers = {}, body = [] }: Asked): Promise<Answered> {
  const session = connect2(`https://localhost:${proxy.port}`, { ca: proxy.ca });
  try {
    return await new Promise<Answered>((resolve, reject) => {
      session.on('error', reject);
      const stream = session.request({ ...headers, ':method': method, ':path': path }, { endStream: method === 'GET' });
      stream.on('error', reject);
      stream.on('response', (answer) => readAnswer(Number(answer[constants.HTTP2_HEADER_STATUS]), stream).then(resolve, reject));
      if (method !== 'GET') pipeline(Readable.from(body, { objectMode: false }), stream).catch(reject);
    });
  } finally {
    session.destroy();
  }
}

async function readAnswer(status: number, body: AsyncIterable<Buffer>): Promise<Answered> {
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    if (bytes < TEXT_BYTES_MAX) kept.push(chunk);
    bytes += chunk.length;
  }
  return { status, bytes, sha256: hash.digest('hex'), text: Buffer.concat(kept).toString() };
}
