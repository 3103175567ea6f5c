// docker-compose.yaml and docker-compose.gpu.yaml, as text and as docker-compose reads them. Nothing is started here.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, testFolder } from '@inference/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { durationMs, readStatic } from '../tls/traefik-configuration.ts';
import { environmentFile, ROOT, requiredSettings } from './test-environment.ts';

const run = promisify(execFile);
const FILES = ['docker-compose.yaml', 'docker-compose.gpu.yaml'];
const OWN_SERVICES = ['public-api', 'private-api', 'consumer'];

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

const text = readFileSync(join(ROOT, 'docker-compose.yaml'), 'utf8');
const compose = parse(text, { merge: true }) as ComposeFile;
const services = Object.entries(compose.services);

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

  it('gives the Docker socket to consumers only', () => {
    const withSocket = services.filter(([, service]) => service.volumes?.some((volume) => volume.includes('docker.sock')));
    expect(withSocket.map(([name]) => name)).toEqual(['consumer']);
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

  it('gives Traefik longer to stop than Traefik gives requests, and consumers longer than they drain', () => {
    const { traefik, consumer } = compose.services;
    const { lifeCycle } = readStatic().entryPoints['websecure']!.transport!;
    expect(durationMs(traefik?.stop_grace_period)).toBeGreaterThan(durationMs(lifeCycle?.['graceTimeOut']));
    const byDefault = (value: string | undefined) => /:-(\w+)\}$/.exec(value ?? '')?.[1];
    const drainMs = Number(byDefault(consumer?.environment?.['DRAIN_SECONDS'])) * 1000;
    expect(durationMs(byDefault(consumer?.stop_grace_period))).toBeGreaterThan(drainMs);
  });

  it('names the targets of the Dockerfile', () => {
    const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
    const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map((match) => match[1]);
    expect(OWN_SERVICES.map((name) => compose.services[name]?.build?.target)).toEqual(OWN_SERVICES);
    expect(stages).toEqual(expect.arrayContaining(OWN_SERVICES));
  });
});

describe.skipIf(!has('docker-compose'))('docker-compose', () => {
  it.each([[FILES.slice(0, 1)], [FILES]])('accepts %s', async (files) => {
    await expect(dockerCompose(requiredSettings(), files, 'config', '--quiet')).resolves.toBe('');
  });

  it.each(Object.keys(requiredSettings()))('asks for the set-up when %s is missing', async (name) => {
    const { [name]: _left, ...others } = requiredSettings();
    await expect(dockerCompose(others, FILES, 'config')).rejects.toThrow('run npm run setup first');
  });

  it('gives a consumer the GPUs with docker-compose.gpu.yaml, and only then', async () => {
    const consumer = async (files: string[]) =>
      (parse(await dockerCompose(requiredSettings(), files, 'config')) as ComposeFile).services['consumer'];
    expect(await consumer(FILES.slice(0, 1))).not.toHaveProperty('deploy');
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

  it('accepts all but the order of the start and the group of the Docker socket, which Swarm does not have', async ({ skip }) => {
    if (!knowsStackConfig) skip();
    const rendered = parse(await dockerCompose(requiredSettings(), FILES.slice(0, 1), 'config')) as ComposeFile;
    for (const service of Object.values(rendered.services)) {
      delete service['group_add'];
      delete service.depends_on;
    }
    const path = join(await testFolder(), 'stack.yaml');
    await writeFile(path, stringify(rendered));
    await expect(run('docker', ['stack', 'config', '-c', path])).resolves.toMatchObject({ stderr: '' });
  });
});
