import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig, SETTING_NAMES } from './config.ts';

function configOf(args: string[], environment: Record<string, string> = {}) {
  const read = readConfig(args, environment);
  if (!read.ok) throw new Error(read.problems.join('\n'));
  return read.config;
}

function problemsOf(args: string[], environment: Record<string, string> = {}) {
  const read = readConfig(args, environment);
  return read.ok ? [] : read.problems;
}

describe('the configuration', () => {
  it('has a default for everything', () => {
    expect(configOf([])).toMatchObject({ host: '127.0.0.1', port: 7420, portGiven: false, adminKey: null, legacyAnonymous: false });
  });

  it('takes flags and environment variables', () => {
    const config = configOf(['--port', '8000'], { LEGACY_ANONYMOUS: 'true', KEEP_FILES_DAYS: '2' });
    expect(config).toMatchObject({ port: 8000, portGiven: true, legacyAnonymous: true, keepFilesSeconds: 172_800 });
  });

  it('takes an empty variable as one that is not set', () => {
    expect(configOf([], { ADMIN_KEY: '', KEEP_FILES_DAYS: '' })).toMatchObject({ adminKey: null, keepFilesSeconds: 30 * 86_400 });
  });

  it('names every problem at once', () => {
    const problems = problemsOf(['--port', 'x'], { KEEP_FILES_DAYS: '0', LEGACY_ANONYMOUS: 'maybe' });
    expect(problems).toEqual(['--port must be a number', 'LEGACY_ANONYMOUS must be 1 or 0', 'KEEP_FILES_DAYS must be at least 1']);
  });

  it('never repeats a secret', () => {
    expect(problemsOf([], { ADMIN_KEY: 'hunter2' }).join()).not.toContain('hunter2');
  });

  it('names the flags it knows when it meets one that it does not', () => {
    expect(problemsOf(['--prot', '1'])).toEqual([expect.stringContaining('Known: --port N, --host ADDRESS, --data-dir FOLDER.')]);
  });

  it('lets other machines in only with a key, or with LEGACY_ANONYMOUS', () => {
    expect(problemsOf(['--host', '0.0.0.0'])).toHaveLength(1);
    expect(problemsOf(['--host', '0.0.0.0'], { LEGACY_ANONYMOUS: '1' })).toEqual([]);
    expect(problemsOf(['--host', '0.0.0.0'], { ADMIN_KEY: 'v3Ry-l0ng_4nd.R4nd0m!kEy#of%7he*tEs+' })).toEqual([]);
    for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1']) expect(problemsOf(['--host', host])).toEqual([]);
  });

  it('is listed in the README, every setting of it and nothing else', async () => {
    const readme = await readFile(join(import.meta.dirname, '..', '..', '..', 'README.md'), 'utf8');
    const table = readme.split('| Setting |')[1]?.split('\n\n')[0] ?? '';
    const rows = table.split('\n').slice(2);
    const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1]));
    expect(named.sort()).toEqual([...SETTING_NAMES].sort());
  });
});
