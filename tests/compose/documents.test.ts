// The commands of the documents for admins. Those that need no image and no GPU are run as they stand there; the `docker` that they call is
// a script that has docker-compose check what it is asked for. All others are checked for what can be checked without running them.

import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { appendFile, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { has, testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { documentCommands } from './document-commands.ts';
import { environmentFile, ROOT, requiredSettings } from './test-environment.ts';

const run = promisify(execFile);
/** Commands that do not end are ended, in milliseconds. */
const COMMANDS_LIMIT_MS = 60_000;
const DOCUMENTS = globSync(['README.md', 'docs/*.md'], { cwd: ROOT });
const COMPOSE_FILES = globSync('docker-compose*.yaml', { cwd: ROOT });
/** What the commands make, and what stands for something of the reader's. */
const NOT_OURS = /traefik\/certs\/(?:cert|key)\.pem|traefik\/traefik\.local\.yaml/;

/** All code blocks of a document that a shell reads. */
function blocksOf(document: string): string[] {
  return [...readFileSync(join(ROOT, document), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => String(match[1]));
}

/** A folder with a `docker` that writes down what it is asked for; what concerns Compose, docker-compose must accept. */
async function machine() {
  const folder = await testFolder();
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const log = join(folder, 'docker.log');
  await writeFile(log, '');
  const compose = has('docker-compose') ? 'docker-compose config --quiet' : 'true';
  await writeFile(join(bin, 'docker'), `#!/bin/sh\necho "$@" >> '${log}'\nif [ "$1" = compose ]; then exec ${compose}; fi\n`, {
    mode: 0o755,
  });
  const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
  const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: folder, GIT_CONFIG_NOSYSTEM: '1', ...identity };
  return {
    folder,
    run: async (commands: string, cwd = folder) =>
      (await run('sh', ['-euc', commands], { cwd, env, timeout: COMMANDS_LIMIT_MS })).stdout.trim(),
    asked: async () => (await readFile(log, 'utf8')).trim().split('\n'),
  };
}

describe.each(DOCUMENTS.filter((document) => blocksOf(document).length > 0))('the commands of %s', (document) => {
  const commands = blocksOf(document).join('\n');

  it('are what a shell can read', async () => {
    for (const block of blocksOf(document)) await run('sh', ['-nc', block]);
  });

  it('name files, services and npm scripts that there are', () => {
    const paths = [...commands.matchAll(/(?<![\w/.])(?:traefik|examples|scripts|docs|apps|prisma)\/[\w./-]+/g)].map(([path]) => path);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)) && !NOT_OURS.test(path))).toEqual([]);
    const compose = parse(readFileSync(join(ROOT, 'docker-compose.yaml'), 'utf8'), { merge: true }) as { services: object };
    const services = [...commands.matchAll(/docker compose (?:restart|logs|stop|pull|exec(?: -T)?)((?: [a-z][\w-]*)+)/g)];
    const first = services.map((match) => String(match[1]).trim().split(' ')[0]);
    expect(first.filter((name) => !Object.hasOwn(compose.services, String(name)))).toEqual([]);
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const npm = [...commands.matchAll(/npm run ([\w-]+)/g)].map((match) => String(match[1]));
    expect(npm.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

describe.skipIf(!has('git') || !has('openssl'))('docs/install.md', () => {
  it('leads from the sources to settings, a certificate and files that docker-compose accepts', async () => {
    const here = await machine();
    // As the address names nothing, the clone is made of the files that are here.
    const clone = join(here.folder, 'inference-server');
    const [sources = ''] = documentCommands('install.md', '## 2. Sources and settings');
    expect(sources).toContain('git clone THE_ADDRESS_OF_THIS_REPOSITORY inference-server\n');
    const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: ROOT });
    for (const path of stdout.split('\0').filter((name) => name !== '' && existsSync(join(ROOT, name))))
      await cp(join(ROOT, path), join(clone, path));
    await symlink(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
    await here.run(sources.replace(/^git clone .*$/m, ''));
    const settings = parseEnv(await readFile(join(clone, '.env'), 'utf8'));
    expect(settings).toMatchObject({ DOMAIN: 'models.example.org', ADMIN_KEY: expect.stringMatching(/.{32}/) });
    // Where there is no Docker, the set-up asks for the number by hand.
    if (!settings['DOCKER_GID']) await appendFile(join(clone, '.env'), 'DOCKER_GID=0\n');
    const [certificate = ''] = documentCommands('install.md', '## 3. A certificate');
    await here.run(certificate, clone);
    const subject = await here.run('openssl x509 -in traefik/certs/cert.pem -noout -ext subjectAltName', clone);
    expect(subject).toContain('DNS:models.example.org');
    for (const block of documentCommands('install.md', '## 4. Start')) await here.run(block, clone);
    await here.run(String(documentCommands('install.md', '## More of each')[0]), clone);
    expect(await here.asked()).toEqual([
      'compose build',
      'compose up -d',
      'compose ps',
      'compose up -d --scale consumer=3 --scale private-api=2 --scale public-api=2',
    ]);
  });
});

describe.skipIf(!has('docker-compose'))('docs/gpus.md', () => {
  it('makes docker-compose read the file for GPUs, and the others still', async () => {
    const here = await machine();
    for (const file of COMPOSE_FILES) await cp(join(ROOT, file), join(here.folder, file));
    await writeFile(join(here.folder, '.env'), environmentFile(requiredSettings()));
    const [, add = ''] = documentCommands('gpus.md', '## Add the GPUs of a machine');
    await here.run(add);
    const { services } = parse(await here.run('docker-compose config'));
    const sees = { environment: { GPUS: 'auto' }, deploy: expect.any(Object) };
    expect(services).toMatchObject({ consumer: sees, launcher: { ...sees, group_add: [expect.any(String)] } });
    expect(await here.asked()).toEqual(['compose up -d', 'compose exec consumer nvidia-smi --list-gpus']);
  });
});

describe.skipIf(!has('git'))('docs/upgrade.md', () => {
  it('tells which migrations an upgrade brought, and leads back to the version before', async () => {
    const here = await machine();
    const [sources, clone] = [join(here.folder, 'sources'), join(here.folder, 'clone')];
    await mkdir(join(sources, 'prisma', 'migrations'), { recursive: true });
    for (const file of COMPOSE_FILES) await cp(join(ROOT, file), join(sources, file));
    const commit = 'git add -A && git commit -qm version';
    await here.run(`git init -q -b main && ${commit} && git clone -q . ../clone`, sources);
    await writeFile(join(clone, '.env'), environmentFile(requiredSettings()));
    const [note = '', upgrade = ''] = documentCommands('upgrade.md', '# Upgrade').slice(0, 2);
    const [ask = '', back = ''] = documentCommands('upgrade.md', '## Back to the version before');
    const before = await here.run('git rev-parse HEAD', clone);
    await here.run(note, clone);
    expect(await here.run(ask, clone)).toBe('');
    await writeFile(join(sources, 'prisma', 'migrations', '0002_more.sql'), '');
    await here.run(commit, sources);
    await here.run(upgrade, clone);
    expect(await here.run('git rev-parse HEAD', clone)).not.toBe(before);
    expect(await here.run(ask, clone)).toContain('0002_more.sql');
    await here.run(back, clone);
    expect(await here.run('git rev-parse HEAD', clone)).toBe(before);
    expect(await here.asked()).toEqual(['compose build', 'compose up -d', 'compose ps', 'compose build', 'compose up -d']);
  });
});
