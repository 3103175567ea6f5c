import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ask, startForTests, until } from './start-for-tests.ts';

const MIB = 1024 * 1024;
/** More than all socket buffers between client and upstream can hold. */
const MORE_THAN_BUFFERS = 64 * MIB;
const POST = 'POST /api/tasks/ HTTP/1.1\r\nHost: localhost\r\n';

async function hashBack(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of req) hash.update(chunk);
  res.end(hash.digest('hex'));
}

/** Opens an upload on a raw connection and keeps what comes back. */
function open(port: number, head: string): { socket: Socket; answer: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${POST}${head}\r\n\r\n`);
  const answer = text(socket);
  // A test that cuts the connection itself does not look at the answer.
  answer.catch(() => {});
  return { socket, answer };
}

/** Sends the whole body before it looks for an answer, as Python's requests does. */
async function sendBeforeReading(socket: Socket): Promise<void> {
  socket.pause();
  await new Promise<void>((resolve) => socket.write(Buffer.alloc(MORE_THAN_BUFFERS), () => resolve()));
  socket.resume();
}

/** An upstream that reads uploads, never answers, and keeps how they ended. */
function endings() {
  const ends: string[] = [];
  const state = { bytes: 0 };
  const answer = (req: IncomingMessage) => {
    req.on('end', () => ends.push('end')).on('error', () => ends.push('error'));
    req.on('data', (chunk) => {
      state.bytes += chunk.length;
    });
  };
  return { ends, state, answer };
}

describe('relay, uploads', () => {
  it.each(['with a length', 'in chunks'])('pass through unchanged (%s)', async (framing) => {
    await using relay = await startForTests(hashBack);
    const body = randomBytes(5 * MIB + 1);
    const headers: Record<string, string> = framing === 'in chunks' ? { 'transfer-encoding': 'chunked' } : {};
    const { body: hash } = await ask(relay.port, '/api/tasks/', { method: 'POST', body, headers });
    expect(hash).toBe(createHash('sha256').update(body).digest('hex'));
  });

  it('are held up by an upstream that does not read', async () => {
    let upload: IncomingMessage | undefined;
    await using relay = await startForTests((req, res) => {
      upload = req;
      req.on('end', () => res.end('read'));
    });
    const req = request({ port: relay.port, host: '127.0.0.1', path: '/api/tasks/', method: 'POST', agent: false });
    const answer = new Promise<IncomingMessage>((resolve) => req.on('response', resolve));
    let taken = 0;
    const chunk = Buffer.alloc(MIB);
    const send = () => {
      while (taken < MORE_THAN_BUFFERS) {
        taken += MIB;
        if (!req.write(chunk)) return void req.once('drain', send);
      }
      req.end();
    };
    send();
    await standsStill(() => taken);
    expect(taken).toBeLessThan(MORE_THAN_BUFFERS);
    upload?.resume();
    expect(await text(await answer)).toBe('read');
    expect(taken).toBe(MORE_THAN_BUFFERS);
  });

  it('end at the upstream, without looking whole, when the client goes away', async () => {
    const { ends, answer: keep } = endings();
    await using relay = await startForTests(keep);
    const announced = open(relay.port, 'Content-Length: 100000');
    const chunked = open(relay.port, 'Transfer-Encoding: chunked');
    announced.socket.write('x'.repeat(1000), () => announced.socket.destroy());
    chunked.socket.write('5\r\nhello\r\n', () => chunked.socket.destroy());
    await until(() => ends.length === 2);
    expect(ends).toEqual(['error', 'error']);
  });

  it('end at the upstream when the client sends a broken chunk', async () => {
    const { ends, answer: keep } = endings();
    await using relay = await startForTests(keep);
    const { socket, answer } = open(relay.port, 'Transfer-Encoding: chunked');
    socket.write('5\r\nhello\r\nnonsense\r\n');
    expect(await answer).toMatch(/^HTTP\/1\.1 400 /);
    await until(() => ends.length === 1);
    expect(ends).toEqual(['error']);
  });

  it('are asked for with 100 Continue where the client waits for it, exactly once', async () => {
    await using relay = await startForTests(hashBack);
    const { socket, answer } = open(relay.port, 'Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close');
    const first = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
    expect(first).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('hello');
    expect((await answer).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']);
  });

  it('that announce too much are refused before 100 Continue', async () => {
    let reached = 0;
    await using relay = await startForTests(() => void reached++, { limits: { zipBytesMax: 4, partsBytesMax: 0, lingerMs: 50 } });
    const { answer } = open(relay.port, 'Content-Length: 5\r\nExpect: 100-continue');
    expect((await answer).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413']);
    expect(reached).toBe(0);
  });

  it('that stand still are cut with 408, and the upstream is told', async () => {
    const { ends, answer: keep } = endings();
    await using relay = await startForTests(keep, { limits: { idleTimeoutMs: 500 } });
    const { socket, answer } = open(relay.port, 'Content-Length: 10');
    socket.write('hello');
    expect(await answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*"upload_incomplete"/);
    await until(() => ends.length === 1);
    expect(ends).toEqual(['error']);
  });

  it('that are slow but never stand still are not cut', async () => {
    await using relay = await startForTests(hashBack, { limits: { idleTimeoutMs: 1000 } });
    const { socket, answer } = open(relay.port, 'Content-Length: 6\r\nConnection: close');
    const began = performance.now();
    for (const [index, letter] of [...'abcdef'].entries()) {
      await until(() => performance.now() - began > index * 300);
      socket.write(letter);
    }
    expect(performance.now() - began).toBeGreaterThan(1000);
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('that are complete wait for the upstream, however long it takes', async () => {
    const late = (req: IncomingMessage, res: ServerResponse) => {
      req.on('end', () => setTimeout(() => res.end('late'), 1_500)).resume();
    };
    await using relay = await startForTests(late, { limits: { idleTimeoutMs: 500 } });
    const { status, body } = await ask(relay.port, '/api/tasks/', { method: 'POST', body: 'zip' });
    expect([status, body]).toEqual([200, 'late']);
  });

  it('that an upstream holds up for longer than a client may are not cut', async () => {
    const lateReader = (req: IncomingMessage, res: ServerResponse) => {
      setTimeout(() => req.resume().on('end', () => res.end('read')), 2000);
    };
    await using relay = await startForTests(lateReader, { limits: { idleTimeoutMs: 700 } });
    const { status, body } = await ask(relay.port, '/api/tasks/', { method: 'POST', body: Buffer.alloc(MORE_THAN_BUFFERS) });
    expect([status, body]).toEqual([200, 'read']);
  });
});

describe('relay, answers to an upload that is not over', () => {
  it('too large, announced: 413 reaches a client that sends everything before it reads', async () => {
    await using relay = await startForTests(() => {}, { limits: { zipBytesMax: MIB, partsBytesMax: 0 } });
    const { socket, answer } = open(relay.port, `Content-Length: ${MORE_THAN_BUFFERS}`);
    await sendBeforeReading(socket);
    expect(await answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close[\s\S]*"upload_too_large"/i);
  });

  it('too large, in chunks: counted, cut at the limit with 413, and the upstream is told', async () => {
    const { ends, state, answer: keep } = endings();
    await using relay = await startForTests(keep, { limits: { zipBytesMax: MIB, partsBytesMax: 0 } });
    const headers = { 'transfer-encoding': 'chunked' };
    const { status, body } = await ask(relay.port, '/api/tasks/', { method: 'POST', body: Buffer.alloc(8 * MIB), headers });
    expect([status, JSON.parse(body).code]).toEqual([413, 'upload_too_large']);
    await until(() => ends.length === 1);
    expect(ends).toEqual(['error']);
    expect(state.bytes).toBeLessThanOrEqual(MIB + 64 * 1024);
  });

  it('too large: the same refusal, whether its length is announced or counted', async () => {
    const readAll = (req: IncomingMessage, res: ServerResponse) => void hashBack(req, res).catch(() => {});
    await using relay = await startForTests(readAll, { limits: { zipBytesMax: MIB, partsBytesMax: 1000 } });
    const path = '/api/v1/models/m/tasks';
    const problems = [];
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const { status, body } = await ask(relay.port, path, { method: 'POST', body: Buffer.alloc(MIB + 1001), headers });
      const { request_id: _id, ...problem } = JSON.parse(body);
      problems.push({ answered: status, ...problem });
      expect((await ask(relay.port, path, { method: 'POST', body: Buffer.alloc(MIB + 1000), headers })).status).toBe(200);
    }
    expect(problems[0]).toMatchObject({ answered: 413, code: 'upload_too_large', detail: expect.stringContaining(`${MIB} bytes`) });
    expect(problems[1]).toEqual(problems[0]);
  });

  it('in chunks, exactly at the limit: accepted', async () => {
    await using relay = await startForTests(hashBack, { limits: { zipBytesMax: MIB, partsBytesMax: 0 } });
    const headers = { 'transfer-encoding': 'chunked' };
    expect((await ask(relay.port, '/api/tasks/', { method: 'POST', body: Buffer.alloc(MIB), headers })).status).toBe(200);
    expect((await ask(relay.port, '/api/tasks/', { method: 'POST', body: Buffer.alloc(MIB) })).status).toBe(200);
    expect((await ask(relay.port, '/api/tasks/', { method: 'POST', body: Buffer.alloc(MIB + 1) })).status).toBe(413);
  });

  it('in chunks of one byte: accepted', async () => {
    await using relay = await startForTests(hashBack);
    const { socket, answer } = open(relay.port, 'Transfer-Encoding: chunked\r\nConnection: close');
    const body = 'x'.repeat(250_000);
    socket.write(`${'1\r\nx\r\n'.repeat(body.length)}0\r\n\r\n`);
    expect(await answer).toMatch(new RegExp(`^HTTP/1\\.1 200 [\\s\\S]*${createHash('sha256').update(body).digest('hex')}`));
  });

  it('in chunks of one byte with long extensions: cut with 400 long before the limit of its content, and the upstream is told', async () => {
    const { ends, state, answer: keep } = endings();
    await using relay = await startForTests(keep);
    const { socket, answer } = open(relay.port, 'Transfer-Encoding: chunked');
    const chunk = `1;${'e'.repeat(16_000)}\r\nx\r\n`;
    let sentBytes = 0;
    for (; ends.length === 0 && sentBytes < MORE_THAN_BUFFERS; sentBytes += chunk.length) {
      await new Promise<void>((resolve) => socket.write(chunk, () => resolve()));
    }
    socket.end();
    expect(await answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*"bad_request"/);
    await until(() => ends.length === 1);
    expect([ends, state.bytes < 1_000, sentBytes < MORE_THAN_BUFFERS]).toEqual([['error'], true, true]);
  });

  it.each(['stays open', 'is closed'])('an early answer of the upstream reaches the client (its connection %s)', async (connection) => {
    await using relay = await startForTests((req, res) => {
      res.writeHead(422, connection === 'is closed' ? { connection: 'close' } : {}).end('{"detail":"no"}');
      req.on('error', () => {});
    });
    const { socket, answer } = open(relay.port, `Content-Length: ${MORE_THAN_BUFFERS}\r\nConnection: close`);
    await sendBeforeReading(socket);
    expect(await answer).toMatch(/^HTTP\/1\.1 422 [\s\S]*"no"/);
  });

  it('after an early answer the rest of the upload is thrown away for a limited time only', async () => {
    await using relay = await startForTests((_req, res) => void res.writeHead(422).end('no'), { limits: { lingerMs: 50 } });
    const { socket, answer } = open(relay.port, 'Content-Length: 1000000');
    socket.write('x');
    socket.on('error', () => {});
    await until(() => socket.destroyed || socket.readableEnded);
    expect(await answer.catch(() => '422')).toContain('422');
  });

  it('a refused upload leaves a connection that a keep-alive client does not use again', async () => {
    await using relay = await startForTests(() => {});
    const next = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const socket = connect(relay.port, '127.0.0.1');
    socket.write(`POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello${next}`);
    const answer = await text(socket);
    expect(answer.match(/HTTP\/1\.1 \d+/g)?.[0]).toBe('HTTP/1.1 404');
    expect(answer).not.toContain('"ok"');
  });

  it.each(['Expect: 100-continue', 'Expect:', 'Transfer-Encoding: chunked'])('curl sees the 413 (%s)', async (header) => {
    await using relay = await startForTests(async (req, res) => void (await hashBack(req, res).catch(() => {})), {
      limits: { zipBytesMax: MIB, partsBytesMax: 0 },
    });
    const folder = await mkdtemp(join(tmpdir(), 'relay-'));
    try {
      const file = join(folder, 'big.zip');
      await writeFile(file, Buffer.alloc(32 * MIB));
      const url = `http://127.0.0.1:${relay.port}/api/tasks/?model_human_readable_id=x`;
      const { stdout } = await promisify(execFile)('curl', ['-sS', '-H', header, '-F', `zip_file=@${file}`, '-w', '|%{http_code}', url]);
      expect(stdout).toMatch(/"upload_too_large"\}\|413$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Resolves once the value has not changed for 300 ms. */
async function standsStill(value: () => number): Promise<void> {
  let last = value();
  let since = performance.now();
  await until(() => {
    if (value() !== last) {
      last = value();
      since = performance.now();
    }
    return performance.now() - since > 300;
  });
}
