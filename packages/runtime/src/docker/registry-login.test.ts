import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { registryLogin } from './registry-login.ts';

const SECRET = 'pass:word';

async function fileWith(content: unknown): Promise<string> {
  const path = join(await testFolder(), 'config.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const auth = Buffer.from(`anna:${SECRET}`).toString('base64');

describe('the login for a registry', () => {
  it.each([
    ['by its name and port', { 'registry.example:5000': { auth } }, 'registry.example:5000/group/name:1', 'registry.example:5000'],
    ['by its address', { 'https://registry.example': { auth } }, 'registry.example/name', 'registry.example'],
    ['of Docker Hub, for a name without a registry', { 'https://index.docker.io/v1/': { auth } }, 'group/name:1', 'docker.io'],
    ['of this machine', { localhost: { auth } }, 'localhost/name', 'localhost'],
  ])('is found %s', async (_what, auths, image, serveraddress) => {
    expect(await registryLogin(await fileWith({ auths }), image)).toEqual({ username: 'anna', password: SECRET, serveraddress });
  });

  it('may be a token', async () => {
    const path = await fileWith({ auths: { 'registry.example': { auth: '', identitytoken: 'token' } } });
    expect(await registryLogin(path, 'registry.example/name')).toEqual({ identitytoken: 'token', serveraddress: 'registry.example' });
  });

  it('is nobody else’s', async () => {
    const path = await fileWith({ auths: { 'registry.example': { auth } } });
    expect(await registryLogin(path, 'registry.example.evil/name')).toBeNull();
    expect(await registryLogin(path, 'constructor/name')).toBeNull();
  });

  it.each([
    ['no JSON', `{"auths": "${auth}`, /as "docker login" writes it/],
    ['no logins', { users: {} }, /as "docker login" writes it/],
    ['a login that a helper keeps', { auths: { 'registry.example': {} } }, /credential helper/],
  ])('is refused from a file with %s, without a word of its content', async (_what, content, reason) => {
    const error = await registryLogin(await fileWith(content), 'registry.example/name').catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ message: expect.stringMatching(reason) });
    expect(String(error)).not.toContain(auth);
  });

  it('is refused from a file that is not there', async () => {
    await expect(registryLogin('/nowhere/config.json', 'a/b')).rejects.toThrow('REGISTRY_AUTH_FILE cannot be read (ENOENT).');
  });
});
