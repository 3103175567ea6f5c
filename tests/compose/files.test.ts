// The compose files, as text and as docker-compose reads them. Nothing is started here.

import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { CONSUMER_SETTINGS } from '@inference/consumer';
import { LAUNCHER_SETTINGS } from '@inference/launcher';
import { PRIVATE_API_SETTINGS } from '@inference/private-api';
import { PUBLIC_API_SETTINGS } from '@inference/public-api';
import type { Settings } from '@inference/service';
import { has, testFolder } from '@inference/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { durationMs, readStatic } from '../tls/traefik-configuration.ts';
import { environmentFile, ROOT, requiredSettings } from './test-environment.ts';

const run = promisify(execFile);
/** What `docker compose` reads by itself, and the file for GPUs. */
const BY_ITSELF = ['docker-compose.yaml', 'docker-compose.override.yaml'];
const FILES = [...BY_ITSELF, 'docker-compose.gpu.yaml'];
/** The services of this project, and what each reads from its environment. */
const SETTINGS: Record<string, Settings> = {
  'public-api': PUBLIC_API_SETTINGS,
  'private-api': PRIVATE_API_SETTINGS,
  consumer: CONSUMER_SETTINGS,
  launcher: LAUNCHER_SETTINGS,
};
const OWN_SERVICES = Object.keys(SETTINGS);

type Service = {
  image: string;
  build?: { context: string; target: string };
  networks?: Record<string, unknown> | string[];
  network_mode?: string;
  ports?: string[];
  volumes?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  stop_grace_period?: string;
  healthcheck: { test?: string[]; disable?: boolean };
  [name: string]: unknown;
};
type ComposeFile = { services: Record<string, Service>; networks: Record<string, { internal?: boolean } | null> };

const [main = '', override = ''] = BY_ITSELF.map((file) => readFileSync(join(ROOT, file), 'utf8'));
const text = main + override;
const compose = parse(main, { merge: true }) as ComposeFile;
for (const [name, more] of Object.entries((parse(override) as ComposeFile).services)) Object.assign(compose.services[name] ?? {}, more);
const services = Object.entries(compose.services);
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');

/** The default in `${NAME:-default}`. */
const byDefault = (value: string | undefined) => /:-([^}]+)\}$/.exec(value ?? '')?.[1];

/** Runs docker-compose with these files and settings, with nothing of the environment of whoever runs the tests. */
async function dockerCompose(settings: Record<string, string>, files: readonly string[], ...args: string[]): Promise<string> {
  const environment = join(await testFolder(), 'environment');
  await writeFile(environment, environmentFile(settings));
  const options = ['--env-file', environment, ...files.flatMap((file) => ['-f', file])];
  const { stdout } = await run('docker-compose', [...options, ...args], { cwd: ROOT, env: { PATH: process.env['PATH'] } });
  return stdout;
}

describe('docker-compose.yaml', () => {
  it('puts each service on the networks that it needs', () => {
    const networks = Object.fromEntries(services.map(([name, service]) => [name, service.networks ?? service.network_mode]));
    expect(networks).toEqual({
      traefik: ['frontend'],
      'public-api': ['frontend', 'relay'],
      'private-api': ['relay', 'work', 'data'],
      consumer: ['work'],
      launcher: 'none',
      'work-folder': 'none',
      postgres: ['data'],
      rabbitmq: ['work'],
    });
  });

  it('lets no network but the one of Traefik reach the world', () => {
    const open = Object.entries(compose.networks).filter(([, network]) => network?.internal !== true);
    expect(open.map(([name]) => name)).toEqual(['frontend']);
  });

  it('publishes the ports of Traefik only', () => {
    expect(services.filter(([, service]) => service.ports !== undefined).map(([name]) => name)).toEqual(['traefik']);
  });

  it('gives the Docker socket, and the right to use it, to the launcher only', () => {
    const withSocket = services.filter(([, service]) => service.volumes?.some((volume) => volume.includes('docker.sock')));
    expect(withSocket.map(([name]) => name)).toEqual(['launcher']);
    expect(services.filter(([, service]) => service['group_add'] !== undefined).map(([name]) => name)).toEqual(['launcher']);
  });

  it.each(services)('confines %s', (_name, service) => {
    expect(service).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service).toMatchObject({ logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '5' } } });
    expect(service).not.toHaveProperty('privileged');
    // A name or a port of its own would keep a service from being scaled.
    expect(service).not.toHaveProperty('container_name');
  });

  it('leaves root file systems read-only, but that of RabbitMQ', () => {
    expect(services.filter(([, service]) => service['read_only'] !== true).map(([name]) => name)).toEqual(['rabbitmq']);
  });

  it('starts again what ended, but the one service that has an end', () => {
    const others = services.filter(([, service]) => service['restart'] !== 'unless-stopped');
    expect(others.map(([name, service]) => [name, service['restart']])).toEqual([['work-folder', 'no']]);
  });

  it('gives every image a version', () => {
    expect(services.map(([, service]) => service.image).filter((image) => !/:(?!latest)[\w.$:{}-]+$/.test(image))).toEqual([]);
  });

  it('gives each service those secrets only that it needs', () => {
    const secrets = Object.keys(requiredSettings()).filter((name) => name !== 'DOCKER_GID');
    const given = services.map(([name, service]) => {
      const environment = JSON.stringify(service.environment ?? {});
      return [name, secrets.filter((secret) => environment.includes(`\${${secret}`))];
    });
    expect(Object.fromEntries(given)).toEqual({
      traefik: [],
      'public-api': ['RELAY_TOKEN'],
      'private-api': ['POSTGRES_PASSWORD', 'RABBITMQ_PASSWORD', 'ADMIN_KEY', 'CONSUMER_KEY', 'RELAY_TOKEN'],
      consumer: ['RABBITMQ_PASSWORD', 'CONSUMER_KEY'],
      launcher: [],
      'work-folder': [],
      postgres: ['POSTGRES_PASSWORD'],
      rabbitmq: ['RABBITMQ_PASSWORD'],
    });
  });

  it('waits for what each service needs to be healthy', () => {
    for (const [, service] of services) {
      for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
        const isChecked = compose.services[needed]?.healthcheck.disable !== true;
        expect([needed, condition]).toEqual([needed, isChecked ? 'service_healthy' : 'service_completed_successfully']);
      }
    }
  });

  it.each(OWN_SERVICES)('hands %s all settings that it must have, and none that it does not know', (name) => {
    const fromImage = [...(dockerfile.split(`AS ${name}\n`)[1] ?? '').split('\nFROM')[0]!.matchAll(/(\w+)=\S+/g)].map((match) => match[1]);
    const given = [...Object.keys(compose.services[name]?.environment ?? {}), ...fromImage];
    const settings = Object.entries(SETTINGS[name] ?? {});
    const wanted = settings.filter(([, setting]) => !('default' in setting)).map(([setting]) => setting);
    expect(given).toEqual(expect.arrayContaining(wanted));
    expect(Object.keys(compose.services[name]?.environment ?? {}).filter((setting) => SETTINGS[name]?.[setting] === undefined)).toEqual([]);
  });

  it.each(OWN_SERVICES)('gives %s longer to stop than it gives what is under way', (name) => {
    const main = readFileSync(join(ROOT, 'apps', name, 'src', 'main.ts'), 'utf8');
    const marginMs = Number(/STOP_MARGIN_MS = ([\d_]+);/.exec(main)?.[1]?.replaceAll('_', ''));
    const { environment, stop_grace_period: grace } = compose.services[name]!;
    const drainSeconds = Number(byDefault(environment?.['DRAIN_SECONDS']) ?? SETTINGS[name]?.['DRAIN_SECONDS']?.default ?? 0);
    expect(durationMs(byDefault(grace) ?? grace)).toBeGreaterThan(drainSeconds * 1000 + marginMs);
  });

  it('gives Traefik longer to stop than Traefik gives requests', () => {
    const { lifeCycle } = readStatic().entryPoints['websecure']!.transport!;
    expect(durationMs(compose.services['traefik']?.stop_grace_period)).toBeGreaterThan(durationMs(lifeCycle?.['graceTimeOut']));
  });

  it('names the targets of the Dockerfile', () => {
    const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map((match) => match[1]);
    expect(OWN_SERVICES.map((name) => compose.services[name]?.build?.target)).toEqual(OWN_SERVICES);
    expect(stages).toEqual(expect.arrayContaining(OWN_SERVICES));
  });
});

describe('the settings of docker-compose.yaml', () => {
  it('are those that docs/install.md lists, beside those of the services', () => {
    const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map((match) => String(match[1])));
    const ofServices = Object.values(SETTINGS).flatMap((settings) => Object.entries(settings));
    const optional = new Set(ofServices.filter(([, setting]) => 'default' in setting).map(([name]) => name));
    const table =
      readFileSync(join(ROOT, 'docs', 'install.md'), 'utf8')
        .split('| Setting |')[1]
        ?.split('\n\n')[0] ?? '';
    const listed = table.split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map((match) => String(match[1])));
    // The socket has the same setting in a consumer, where it is not handed on: inside, it is always in the same place.
    const own = [...used].filter((name) => !optional.has(name) || name === 'DOCKER_SOCKET');
    expect(listed.sort()).toEqual(own.sort());
  });
});

describe('the Dockerfile', () => {
  it('starts Node as scripts/run.mjs does', () => {
    const flags = /NODE_FLAGS = \[(.*)\]/.exec(readFileSync(join(ROOT, 'scripts', 'run.mjs'), 'utf8'))?.[1]?.replaceAll("'", '"');
    expect(dockerfile).toContain(`ENTRYPOINT ["node", ${flags}]`);
  });

  it('names its base image once, with a version', () => {
    expect(dockerfile.match(/^ARG NODE_IMAGE=node:24-/gm)).toHaveLength(1);
    const froms = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]);
    expect(froms.filter((from) => from !== 'service' && !/^\$\{NODE_IMAGE\}$/.test(from ?? ''))).toEqual([]);
  });

  it('compiles each program ahead that a service starts a thread or a process with', () => {
    // The processes of models in folders are no part of the images.
    const sources = globSync('{apps,packages}/*/src/**/*.ts', { cwd: ROOT }).filter(
      (path) => !/\.test\.|-for-tests\.|\/testing\/|\/process\//.test(path),
    );
    const programs = sources.flatMap((path) => {
      const found = readFileSync(join(ROOT, path), 'utf8').matchAll(/new URL\('\.\/([\w-]+\.ts)', import\.meta\.url\)/g);
      return [...found].map((match) => join(dirname(path), match[1] ?? ''));
    });
    const compiled = dockerfile.match(/^RUN sh scripts\/fill-compile-cache\.sh .*$/gm)?.flatMap((line) => line.split(' ').slice(6)) ?? [];
    expect(compiled.sort()).toEqual(programs.sort());
  });

  it('has nothing that only newer builders know', () => {
    expect(dockerfile).not.toMatch(/^# *syntax=|--mount=|--chmod|--link|<</m);
  });
});

describe.skipIf(!has('docker-compose'))('docker-compose', () => {
  it.each([[BY_ITSELF.slice(0, 1)], [BY_ITSELF], [FILES]])('accepts %s', async (files) => {
    await expect(dockerCompose(requiredSettings(), files, 'config', '--quiet')).resolves.toBe('');
  });

  it('accepts what npm run setup has written', async () => {
    const folder = await testFolder();
    await run(process.execPath, [join(ROOT, 'scripts', 'setup.ts'), '--domain', 'models.example'], { cwd: folder });
    const settings = parseEnv(await readFile(join(folder, '.env'), 'utf8')) as Record<string, string>;
    expect(Object.keys(settings)).toEqual(expect.arrayContaining(Object.keys(requiredSettings())));
    await expect(dockerCompose({ ...settings, DOCKER_GID: settings['DOCKER_GID'] || '0' }, FILES, 'config', '--quiet')).resolves.toBe('');
  });

  it.each(Object.keys(requiredSettings()))('asks for the set-up when %s is missing', async (name) => {
    const { [name]: _left, ...others } = requiredSettings();
    await expect(dockerCompose(others, FILES, 'config')).rejects.toThrow('run npm run setup first');
  });

  it.each(['consumer', 'launcher'])('gives the %s the GPUs with docker-compose.gpu.yaml, and only then', async (name) => {
    const consumer = async (files: string[]) =>
      (parse(await dockerCompose(requiredSettings(), files, 'config')) as ComposeFile).services[name];
    expect(await consumer(BY_ITSELF)).not.toHaveProperty('deploy');
    const [device] = ((await consumer(FILES)) as never as { deploy: { resources: { reservations: { devices: object[] } } } }).deploy
      .resources.reservations.devices;
    expect(device).toEqual({ driver: 'nvidia', count: 'all', capabilities: ['gpu', 'utility'] });
    expect((await consumer(FILES))?.environment?.['GPUS']).toBe('auto');
  });
});

describe.skipIf(!has('docker-compose') || !has('docker'))('docker stack config', () => {
  let knowsStackConfig = false;
  beforeAll(async () => {
    // Docker 20.10 has no such command.
    knowsStackConfig = await run('docker', ['stack', 'config', '--help']).then(
      ({ stdout }) => stdout.includes('--compose-file'),
      () => false,
    );
  });

  it('accepts docker-compose.yaml as it is', async ({ skip }) => {
    if (!knowsStackConfig) skip();
    const env = { PATH: process.env['PATH'], ...requiredSettings() };
    const config = run('docker', ['stack', 'config', '-c', 'docker-compose.yaml'], { cwd: ROOT, env });
    await expect(config).resolves.toMatchObject({ stderr: '', stdout: expect.stringContaining('services:') });
  });
});
