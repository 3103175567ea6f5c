import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { until } from '@inference/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerClientErrors } from './answer-client-errors.ts';
import { trackAnswers } from './open-answers.ts';

describe('what is no HTTP', () => {
  it('is refused behind an answer that is complete but not yet all out', async () => {
    const server = createServer((_request, response) => void response.end('whole'));
    answerClientErrors(server, trackAnswers(server, 16));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /\xe9 HTTP/1.1\r\nHost: x\r\n\r\n', 'latin1');
    const answers = await text(socket);
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
    expect(answers).toMatch(/whole[\s\S]*"bad_request"/);
  });

  it('is refused behind an answer all of whose bytes are sent before the server ends it', async () => {
    let end = () => {};
    const server = createServer((_request, response) => {
      response.setHeader('Content-Length', '5').write('whole');
      end = () => response.end();
    });
    answerClientErrors(server, trackAnswers(server, 16));
    const refused = once(server, 'clientError');
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const answers = text(socket);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /\xe9 HTTP/1.1\r\nHost: x\r\n\r\n', 'latin1');
    await refused;
    end();
    expect((await answers).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it('cuts the connection where the answer before it does not end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const server = createServer((_request, response) => void response.write('part'));
    answerClientErrors(server, trackAnswers(server, 16));
    const refused = once(server, 'clientError');
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const closed = once(socket.resume(), 'close');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /\xe9 HTTP/1.1\r\nHost: x\r\n\r\n', 'latin1');
    await refused;
    vi.advanceTimersByTime(5_000);
    await closed;
  });

  it('is answered as a problem where its end, in a packet of its own, has words that look like a request', async () => {
    const server = createServer();
    answerClientErrors(server, trackAnswers(server, 16));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setNoDelay();
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    socket.write('POST /api/v1/tasks HTTP/1.1\r\nHost: x\r\n');
    const [seen] = await accepted;
    await until('the first packet', () => seen.bytesRead > 0);
    socket.write('X-Name: DROP TABLE tasks\r\nnot a header\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 [\s\S]*Content-Type: application\/problem\+json/);
  });
});
