import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { readSettings } from './read-settings.ts';
import type { Environment, Settings } from './setting.ts';
import { flag, httpUrl, rabbitUrl, secret, text, wholeNumber } from './setting-kinds.ts';

const GOOD = 'kK3-_9vQxw7Zt2LmR8sYb4NcE6hJ0fUd';
const OTHER = 'zP5-_1nQaw7Ct2LmR8sYb4NcE6hJ0fUe';

const SETTINGS = {
  PLACE_OF_FILES: { text: 'Where files are.', schema: text },
  SLOTS_AT_ONCE: { text: 'How many.', schema: wholeNumber(1, 9), default: 2 },
  ALLOW_MORE: { text: 'Whether.', schema: flag, default: false },
  KEY: { text: 'The key.', schema: secret, secret: true },
  OTHER_KEY: { text: 'Another key.', schema: secret, default: null, secret: true },
} as const satisfies Settings;

const complete = { PLACE_OF_FILES: '/files', KEY: GOOD };

function read(environment: Environment) {
  return readSettings(SETTINGS, environment);
}

function problems(environment: Environment): readonly string[] {
  const found = read(environment);
  return found.ok ? [] : found.problems;
}

async function secretFile(content: string): Promise<string> {
  const file = join(await testFolder(), 'secret');
  await writeFile(file, content);
  return file;
}

describe('readSettings', () => {
  it('gives each setting its type, and its default where it is not set or empty', () => {
    const found = read({ ...complete, SLOTS_AT_ONCE: '', ALLOW_MORE: '1' });
    const config = { PLACE_OF_FILES: '/files', SLOTS_AT_ONCE: 2, ALLOW_MORE: true, KEY: GOOD, OTHER_KEY: null };
    expect(found).toEqual({ ok: true, config, warnings: [] });
  });

  it('names every problem at once, says what to do, and repeats no secret', () => {
    const found = problems({ SLOTS_AT_ONCE: '10', ALLOW_MORE: 'maybe', KEY: 'hunter2' });
    expect(found).toEqual([
      'PLACE_OF_FILES must be set. Where files are.',
      'SLOTS_AT_ONCE must be at most 9',
      'ALLOW_MORE must be 1 or 0',
      'KEY must have at least 32 characters: npm run setup makes one',
    ]);
  });

  it('says that a secret that is missing may lie in a file', () => {
    expect(problems({ PLACE_OF_FILES: '/files' })).toEqual(['KEY (or KEY_FILE) must be set. The key.']);
  });

  it.each(['\n', '\r\n', ''])('reads a secret from its file, without the line break %j at its end', async (end) => {
    const found = read({ PLACE_OF_FILES: '/files', KEY_FILE: await secretFile(`${GOOD}${end}`) });
    expect(found).toMatchObject({ ok: true, config: { KEY: GOOD } });
  });

  it('refuses a secret that is set twice', async () => {
    expect(problems({ ...complete, KEY_FILE: await secretFile(OTHER) })).toEqual(['KEY and KEY_FILE are both set: set one of them']);
  });

  it('takes no file for what is no secret', async () => {
    expect(problems({ KEY: GOOD, PLACE_OF_FILES_FILE: await secretFile('/files') })).toEqual([
      expect.stringContaining('PLACE_OF_FILES must'),
    ]);
  });

  it('says what is wrong with the file of a secret, and nothing of what is in it', async () => {
    const folder = await testFolder();
    await mkdir(join(folder, 'folder'));
    const refused = async (file: string) => problems({ PLACE_OF_FILES: '/files', KEY_FILE: file });
    expect(await refused(join(folder, 'none'))).toEqual([expect.stringMatching(/^KEY_FILE names a file that cannot be read \(ENOENT\)/)]);
    expect(await refused(join(folder, 'folder'))).toEqual([expect.stringMatching(/^KEY_FILE names something that is not a file/)]);
    expect(await refused(await secretFile('\n'))).toEqual([expect.stringMatching(/^KEY_FILE names an empty file/)]);
    expect(await refused(await secretFile('x'.repeat(9000)))).toEqual([
      expect.stringMatching(/^KEY_FILE names a file of more than 8192 bytes/),
    ]);
    expect((await refused(await secretFile('hunter2'))).join()).not.toContain('hunter2');
  });

  it('refuses one secret for two purposes', () => {
    expect(problems({ ...complete, OTHER_KEY: GOOD })).toEqual(['OTHER_KEY is the same as KEY: make one for each']);
    expect(problems({ ...complete, OTHER_KEY: OTHER })).toEqual([]);
  });

  it('warns of a name that is one letter off, and of no other', () => {
    const found = read({
      ...complete,
      SLOTS_AT_ONC: '1',
      PLACE_OF_FILE: '1',
      ALLOW_MOREE: '1',
      ALOW_MORE: '1',
      KEYS: 'x',
      PATH: 'y',
      ALLOW: '1',
    });
    expect(found.ok && found.warnings).toEqual([
      'SLOTS_AT_ONC is not a setting: was SLOTS_AT_ONCE meant?',
      'PLACE_OF_FILE is not a setting: was PLACE_OF_FILES meant?',
      'ALLOW_MOREE is not a setting: was ALLOW_MORE meant?',
      'ALOW_MORE is not a setting: was ALLOW_MORE meant?',
    ]);
  });
});

describe('addresses', () => {
  const withUrls = {
    HTTP: { text: '', schema: httpUrl },
    RABBIT: { text: '', schema: rabbitUrl, secret: true },
  } as const satisfies Settings;
  const isFine = (HTTP: string, RABBIT: string) => readSettings(withUrls, { HTTP, RABBIT }).ok;

  it.each(['http://private-api:7421', 'https://10.0.0.1/'])('may be %s', (url) => expect(isFine(url, 'amqp://u:p@h:5672')).toBe(true));

  it.each(['private-api:7421', 'ftp://host', 'http://user:secret@host', '/path'])('of a service may not be %s', (url) => {
    const found = readSettings(withUrls, { HTTP: url, RABBIT: 'amqps://h' });
    expect(found).toEqual({ ok: false, problems: [expect.stringMatching(/^HTTP must be an address such as/)] });
  });

  it.each(['http://h', 'h:5672', 'amqp://'])('of RabbitMQ may not be %s', (url) => expect(isFine('http://h', url)).toBe(false));
});
