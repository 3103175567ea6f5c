// Every command of docs/keys.md is run here, one after the other in one shell, through the relay.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SCOPE_SENTENCES } from '@inference/contracts';
import { has } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { testServer } from './test-server.ts';

const run = promisify(execFile);
const ADMIN_KEY = 'f3b19c70de5a4827b6e1c94d20a87f53';
const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'keys.md'), 'utf8');

describe('the page of keys', () => {
  it.skipIf(!has('curl'))('has commands that make, use, change, rotate and revoke a key', async () => {
    const { url } = await testServer({ ADMIN_KEY });
    const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => String(match[1])).join('\necho\n');
    const tried =
      'echo; curl -s -o /dev/null -w "%{http_code} " $SERVER/api/v1/me -H "Authorization: Bearer $NEW_KEY"; echo "$KEY $NEW_KEY"';
    const { stdout } = await run('sh', ['-euc', `${commands}\n${tried}`], { env: { ...process.env, SERVER: url, ADMIN_KEY } });
    const answers = stdout.split('\n').filter((line) => line !== '');
    const [me, keys, changed, rotated, audit] = answers.slice(0, 5).map((line) => JSON.parse(line) as { owner?: string; items?: object[] });
    expect(me).toMatchObject({ owner: 'ada', scopes: ['submit', 'read'], limits: { queued_tasks: 100 } });
    expect(keys?.items).toMatchObject([{ owner: 'ada', name: 'laptop' }]);
    expect(changed).toMatchObject({ owner: 'ada', name: 'lab laptop', scopes: ['submit', 'read'], limits: { queued_tasks: 200 } });
    expect(rotated).toMatchObject({ owner: 'ada', name: 'lab laptop', limits: { queued_tasks: 200 } });
    expect(audit?.items?.slice(0, 4)).toMatchObject(['revoked', 'rotated', 'changed', 'made'].map((done) => ({ action: `key.${done}` })));
    expect(answers[5]).toMatch(/^401 (isk_[A-Za-z0-9]{8})_\S{43} \1_\S{43}$/);
  });

  it('says of each scope what the contract says', () => {
    for (const [scope, sentence] of Object.entries(SCOPE_SENTENCES)) expect(page).toContain(`| \`${scope}\` | ${sentence} |`);
  });
});
