import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { relayed } from '../docker/follow-output.ts';
import { OutputRelay } from '../output-relay.ts';
import { LineAnswer } from './line-answer.ts';

const STDOUT = 1;
const PIECE_BYTES = 65_536;
/** More than a socket and two processes keep on their way. */
const PIECES_MAX = 200;

/** An answer, and who has asked for it and reads nothing yet. */
async function unread(): Promise<{ lines: LineAnswer; reader: IncomingMessage }> {
  const socketPath = join(await testFolder(), 'answer.sock');
  const server = createServer();
  server.listen(socketPath);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const asked = request({ socketPath, agent: false }).end();
  asked.on('error', () => {});
  const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  const lines = new LineAnswer(response);
  lines.tell({ kind: 'begun' });
  const [reader] = (await once(asked, 'response')) as [IncomingMessage];
  return { lines, reader };
}

/** What the engine sends of a model that prints much. */
function frame(): Buffer {
  const header = Buffer.alloc(8);
  header[0] = STDOUT;
  header.writeUInt32BE(PIECE_BYTES, 4);
  return Buffer.concat([header, Buffer.alloc(PIECE_BYTES, 'x')]);
}

/** Sends frames until the reader of the output takes no more; answers how many that were. */
async function fill(source: PassThrough): Promise<number> {
  let pieces = 0;
  while (pieces < PIECES_MAX && !source.isPaused()) {
    source.write(frame());
    pieces += 1;
    await new Promise(setImmediate);
  }
  return pieces;
}

describe('an answer that nobody reads', () => {
  it('holds the output of the model back, until it is read', async () => {
    const { lines, reader } = await unread();
    const source = new PassThrough();
    relayed(source, new OutputRelay(lines));
    expect(await fill(source)).toBeLessThan(PIECES_MAX);
    reader.resume();
    await until('the output to go on', () => !source.isPaused());
  });

  it('holds nothing back any more once its reader has gone: the model must not wait for ever', async () => {
    const { lines, reader } = await unread();
    const source = new PassThrough();
    relayed(source, new OutputRelay(lines));
    expect(await fill(source)).toBeLessThan(PIECES_MAX);
    reader.destroy();
    await until('the output to go on', () => !source.isPaused());
    expect(await fill(source)).toBe(PIECES_MAX);
  });

  it('takes nothing more once it is over, though not all of it is out: what comes late ends no launcher', async () => {
    const { lines, reader } = await unread();
    while (lines.room() === null) lines.onOutput('stdout', 'x'.repeat(PIECE_BYTES));
    lines.end({ kind: 'end', end: { kind: 'done', warnings: [] } });
    lines.onClosing();
    lines.onOutput('stdout', 'late');
    const told = String(Buffer.concat(await reader.toArray()));
    expect(told.trimEnd().split('\n').at(-1)).toContain('"end"');
  });
});
