import { execFile } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { ROOT } from './traefik-configuration.ts';

const run = promisify(execFile);
const SCRIPT = join(ROOT, 'traefik', 'certs', 'generate-self-signed.sh');
const DAY_MS = 86_400_000;

/** Runs the script in a shell. Answers its exit code and what it printed. */
async function generate(shell: string, ...args: string[]): Promise<{ code: number; text: string }> {
  return run(shell, [SCRIPT, ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, text: error.stdout + error.stderr }),
  );
}

async function certificateIn(folder: string): Promise<X509Certificate> {
  return new X509Certificate(await readFile(join(folder, 'cert.pem')));
}

describe.skipIf(!has('openssl')).each(['dash', 'bash'])('generate-self-signed.sh, run by %s', (shell) => {
  it('makes a certificate for the domain, and a key that only its owner can read', async () => {
    const folder = await testFolder();
    expect((await generate(shell, '--days', '30', 'models.example', folder)).code).toBe(0);
    const certificate = await certificateIn(folder);
    expect(certificate.checkHost('models.example')).toBe('models.example');
    expect(certificate.checkHost('localhost')).toBeUndefined();
    expect(certificate.checkPrivateKey(createPrivateKey(await readFile(join(folder, 'key.pem'))))).toBe(true);
    expect((await stat(join(folder, 'key.pem'))).mode & 0o777).toBe(0o600);
    const days = (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / DAY_MS;
    expect(Math.round(days)).toBe(30);
    expect((await readdir(folder)).sort()).toEqual(['cert.pem', 'key.pem']);
  });

  it('makes one for localhost, too, when asked', async () => {
    const folder = await testFolder();
    await generate(shell, '--localhost', 'models.example', folder);
    const certificate = await certificateIn(folder);
    expect(['models.example', 'localhost'].map((name) => certificate.checkHost(name))).toEqual(['models.example', 'localhost']);
    expect(['127.0.0.1', '::1'].map((address) => certificate.checkIP(address))).toEqual(['127.0.0.1', '::1']);
  });

  it.each(['192.0.2.7', '2001:db8::7'])('makes one for the address %s', async (address) => {
    const folder = await testFolder();
    await generate(shell, address, folder);
    expect((await certificateIn(folder)).checkIP(address)).toBe(address);
  });

  it.each(['cert.pem', 'key.pem'])('does not overwrite %s', async (name) => {
    const folder = await testFolder();
    await writeFile(join(folder, name), 'mine');
    const { code, text } = await generate(shell, 'models.example', folder);
    expect(code).toBe(1);
    expect(text).toContain(`${name} is there already`);
    expect(await readdir(folder)).toEqual([name]);
    expect(await readFile(join(folder, name), 'utf8')).toBe('mine');
  });

  it('refuses what is no name, leaves nothing behind, and says how it is used', async () => {
    const folder = await testFolder();
    const name = 'a,DNS:b';
    expect(await generate(shell, name, folder)).toEqual({ code: 2, text: expect.stringContaining('DOMAIN must be') });
    expect(await generate(shell)).toEqual({ code: 2, text: expect.stringContaining('usage:') });
    expect(await generate(shell, '--dayz', '3', 'a.example', folder)).toEqual({ code: 2, text: expect.stringContaining('usage:') });
    expect((await generate(shell, '--days', 'ten', 'a.example', folder)).code).toBe(2);
    expect(await readdir(folder)).toEqual([]);
  });
});
