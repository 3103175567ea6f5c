import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
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
});
