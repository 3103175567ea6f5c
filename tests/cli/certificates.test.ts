import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, testFolder } from '@inference/testing';
import { expect, it, onTestFinished } from 'vitest';
import { runInfer } from './run-infer.ts';

const run = promisify(execFile);
const LIMIT_MS = 60_000;

it.skipIf(!has('openssl'))(
  'a server whose certificate nobody knows is refused, unless its authority is named or nothing is to be checked',
  async () => {
    const folder = await testFolder();
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    await run('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      certificate,
      ...names,
    ]);
    const server = createServer({ key: await readFile(key), cert: await readFile(certificate) }, (_request, response) => {
      response.setHeader('content-type', 'application/json').end('{"items": [], "next_cursor": null}');
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    onTestFinished(() => void server.close());
    const list = ['models', 'list', '-o', 'json', '--url', `https://localhost:${(server.address() as AddressInfo).port}`];

    const refused = await runInfer(list);
    expect({ code: refused.code, out: refused.out }).toEqual({ code: 1, out: '' });
    expect(refused.err).toContain('--cacert');
    expect(await runInfer([...list, '--cacert', certificate])).toMatchObject({ code: 0, out: '[]\n' });
    expect(await runInfer([...list, '--insecure'])).toMatchObject({ code: 0, out: '[]\n' });
    expect((await runInfer([...list, '--cacert', join(folder, 'nothing')])).code).toBe(2);
  },
  LIMIT_MS,
);
