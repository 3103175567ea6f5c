// Requests that are broken, too large, or mean harm: each gets a clear answer, and nothing of it stays on disk.

import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { has, until, zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { postZip } from './client.ts';
import { testServer } from './test-server.ts';

const run = promisify(execFile);
const POST = 'POST /api/tasks/?model_human_readable_id=word-count HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n';
const LIMIT_BYTES = 1_000_000;

async function setup() {
  const server = await testServer({ ZIP_ARCHIVE_BYTES_MAX: String(LIMIT_BYTES) });
  const files = join(server.folder, 'data', 'files');
  const stored = async () => {
    const entries = await readdir(files, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  };
  const tasks = async () => ((await (await fetch(`${server.privateUrl}/api/tasks/`)).json()) as unknown[]).length;
  // A refused upload is removed while its answer is on the way.
  const nothingLeft = async () => {
    await until('everything of it to be gone', async () => (await stored()).length === 0);
    expect(await tasks()).toBe(0);
  };
  return { ...server, stored, nothingLeft };
}

/** Sends bytes as they are and answers all that came back. */
async function raw(port: number, ...pieces: (string | Buffer)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  for (const piece of pieces) socket.write(piece);
  return text(socket);
}

function multipart(...parts: (string | Buffer)[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part as string)));
}

const partHead = (name: string, more = '; filename="a.zip"') =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\nContent-Type: application/zip\r\n\r\n`;

function posted(body: Buffer, contentType = 'multipart/form-data; boundary=b'): string[] {
  return [`${POST}Content-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n\r\n`];
}

describe('a broken multipart body', () => {
  it('is refused with a 4xx and a code, in each of its forms', async () => {
    const { port, nothingLeft } = await setup();
    const zip = await zipOf({ 'a.txt': 'hello' });
    const whole = multipart(partHead('zip_file'), zip, '\r\n--b--\r\n');
    const cases: [name: string, body: Buffer, status: number, contentType?: string][] = [
      ['no closing boundary', multipart(partHead('zip_file'), zip), 400],
      ['cut in the head of a part', multipart('--b\r\nContent-Disposition: form-da'), 400],
      ['nothing but a boundary', multipart('--b--\r\n'), 422],
      ['a boundary that is not announced', whole, 400, 'multipart/form-data'],
      ['another boundary than announced', whole, 400, 'multipart/form-data; boundary=other'],
      ['two zips', multipart(partHead('zip_file'), zip, '\r\n', partHead('zip_file'), zip, '\r\n--b--\r\n'), 400],
      ['the zip as a field without a file name', multipart(partHead('zip_file', ''), zip, '\r\n--b--\r\n'), 422],
      [
        'thousands of fields',
        multipart(
          ...Array.from({ length: 5000 }, (_, n) => `--b\r\nContent-Disposition: form-data; name="f${n}"\r\n\r\nx\r\n`),
          '--b--\r\n',
        ),
        400,
      ],
      ['a head of megabytes', multipart(`--b\r\nX: ${'x'.repeat(900_000)}\r\n\r\n\r\n--b--\r\n`), 400],
    ];
    for (const [name, body, status, contentType] of cases) {
      const answer = await raw(port, ...posted(body, contentType), body);
      expect(answer.slice(0, 12), name).toBe(`HTTP/1.1 ${status}`);
      expect(answer, name).toContain('"detail"');
      expect(answer, name).not.toMatch(/at .*\.ts|node_modules|\/inference-test/);
    }
    await nothingLeft();
  });
});

describe('an upload that does not end as announced', () => {
  it('leaves nothing when the client goes away', async () => {
    const { port, stored, nothingLeft } = await setup();
    const head = `${POST}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 500000\r\n\r\n`;
    const socket = connect(port, '127.0.0.1');
    socket.write(head + partHead('zip_file') + 'x'.repeat(100_000));
    await until('the upload to arrive', async () => (await stored()).length === 1);
    socket.destroy();
    await until('its half file to be gone', async () => (await stored()).length === 0);
    await nothingLeft();
  });

  it('is refused when its chunks are nonsense', async () => {
    const { port, nothingLeft } = await setup();
    const answer = await raw(
      port,
      `${POST}Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    await nothingLeft();
  });
});

describe.skipIf(!has('curl'))('a body of 2 GiB against a limit of 1 MB', () => {
  it.each([
    ['with its length', []],
    ['in chunks', ['-H', 'Transfer-Encoding: chunked']],
  ])('is refused with 413, sent %s, and the client reads the answer', async (_how, more) => {
    const { url, folder, nothingLeft } = await setup();
    const file = join(folder, 'large.bin');
    await run('truncate', ['-s', '2G', file]);
    const target = `${url}/api/tasks/?model_human_readable_id=word-count`;
    const { stdout } = await run('curl', ['-s', '-w', '\n%{http_code} %{size_upload}', ...more, '-F', `zip_file=@${file}`, target]).catch(
      (error: { stdout: string }) => error,
    );
    const [status, sent] = String(stdout.trim().split('\n').at(-1)).split(' ');
    expect(status).toBe('413');
    expect(Number(sent)).toBeLessThan(1_500_000_000);
    expect(stdout).toContain(String(LIMIT_BYTES));
    await nothingLeft();
  });
});

describe('a zip over a limit', () => {
  it('is refused with 413 and the limit', async () => {
    const { url, nothingLeft } = await setup();
    const answer = await postZip(`${url}/api/tasks/?model_human_readable_id=word-count`, Buffer.alloc(LIMIT_BYTES + 500));
    expect(answer.status).toBe(413);
    expect(await answer.text()).toContain(String(LIMIT_BYTES));
    await nothingLeft();
  });
});

describe('an id that means harm', () => {
  it.each([
    '/api/tasks/../../etc/passwd',
    '/api/tasks/..%2F..%2Fetc%2Fpasswd',
    '/api/tasks/%2e%2e/x',
    `/api/tasks/${'A'.repeat(42)}%2F`,
    `/api/tasks/${'A'.repeat(43)}/../../models`,
    '/api/tasks/%00',
    '/api/tasks/%E0%A4%A',
    '//api/models/',
  ])('%s finds nothing', async (path) => {
    const { port, privateUrl } = await setup();
    for (const target of [port, Number(new URL(privateUrl).port)]) {
      for (const method of ['GET', 'DELETE']) {
        const answer = await raw(target, `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
        expect(answer).toMatch(/^HTTP\/1.1 (400|404|405|554)/);
        expect(answer).not.toContain('root:');
      }
    }
  });
});
