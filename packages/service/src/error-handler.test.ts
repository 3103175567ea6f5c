import { AppError } from '@inference/domain';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errorHandler } from './error-handler.ts';
import { createLog } from './log.ts';

/** An app whose one route throws, and the lines that it logged. */
async function setup(thrown: unknown) {
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const app = express();
  app.get('/', () => {
    throw thrown;
  });
  app.use(errorHandler({ log, translate: (error) => (error === 'away' ? new AppError('unavailable') : null) }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.address() as { port: number };
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-request-id': 'r1', connection: 'close' } });
  return { lines, answer, body: (await answer.json()) as { detail: unknown; code: string } };
}

describe('the error handler', () => {
  it('tells the client what an AppError says, and logs nothing', async () => {
    const { lines, answer, body } = await setup(new AppError('model_exists', 'There is one.'));
    expect([answer.status, body, lines]).toEqual([409, { detail: 'There is one.', code: 'model_exists' }, []]);
  });

  it('hides what it does not know behind the request id, and logs it once', async () => {
    const { lines, answer, body } = await setup(new Error('secret path /srv/x'));
    expect([answer.status, body.code]).toEqual([500, 'internal']);
    expect(body.detail).toContain('r1');
    expect(body.detail).not.toContain('secret');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('secret path');
  });

  it('says when to come back where something is away', async () => {
    const { answer } = await setup('away');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  });

  it('logs why something is away in one line, as there is one for each request', async () => {
    const { lines } = await setup(new AppError('unavailable', 'It is away.', { cause: new Error('page one\nbroken') }));
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 40, time: expect.any(Number), reason: 'It is away. (broken)', requestId: 'r1', msg: 'a request could not be served' },
    ]);
  });

  it('lists wrong fields in the shape of FastAPI', async () => {
    const field = { loc: ['query', 'x'], msg: 'field required', type: 'value_error.missing' } as const;
    const { answer, body } = await setup(new AppError('invalid_request', undefined, { fields: [field] }));
    expect([answer.status, body.detail]).toEqual([422, [field]]);
  });
});
