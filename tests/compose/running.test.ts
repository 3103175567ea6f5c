// The real compose file, with all services but Traefik, on stand-ins for the base images. One project for all tests of this file, in
// their order; its images stay, with the tag "test", so that the next run builds only what has changed.

import { existsSync } from 'node:fs';
import { has } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyboxImage, type TestImage } from '../../packages/runtime/src/testing/busybox-image.ts';
import { ComposeProject, type Container, docker, serviceOf } from './compose-project.ts';
import { documentCommands } from './document-commands.ts';
import { ProjectClient } from './project-client.ts';
import { untilSlowly } from './until-slowly.ts';

/** From `up` to all services healthy, in milliseconds, with the images built before. */
const START_LIMIT_MS = 60_000;
const BUILD_LIMIT_MS = 600_000;
const MODEL = 'script';
const OWN_SERVICES = ['public-api', 'private-api', 'consumer', 'launcher'];
const PORTS: Record<string, number> = { 'public-api': 7420, 'private-api': 7421, postgres: 5432, rabbitmq: 5672, itself: 7000 };
/** How long a try to connect may take, in seconds: what is dropped on the way is never answered. */
const CONNECT_SECONDS = 3;

describe.skipIf(!has('docker-compose') || !has('base-images') || !has('docker'))('a compose project', () => {
  let project: ComposeProject;
  let model: TestImage;
  let startMs = 0;

  const client = async (relay = 0) => new ProjectClient((await project.relayUrls())[relay] ?? '', String(project.settings['ADMIN_KEY']));

  beforeAll(async () => {
    project = await ComposeProject.prepare();
    model = await busyboxImage('CMD ["sh", "/input/run.sh"]');
    await project.compose('build', '--quiet');
    const begin = performance.now();
    await project.up();
    startMs = performance.now() - begin;
    await (await client()).registerModel(MODEL, model.name);
  }, BUILD_LIMIT_MS);

  afterAll(async () => {
    await project?.remove();
    await model?.remove();
  }, 120_000);

  it('is healthy within a minute', () => {
    expect(startMs).toBeLessThan(START_LIMIT_MS);
  });

  it('runs no service as root, and each on a file system that it cannot write to', async () => {
    const ids = await Promise.all(
      (await project.containers()).map(async (container) => [serviceOf(container), await docker('exec', container.Id, 'id', '-u')]),
    );
    expect(Object.fromEntries(ids)).toEqual({
      'public-api': '59072',
      'private-api': '59072',
      consumer: '59071',
      launcher: '59071',
      postgres: '999',
      rabbitmq: '999',
    });
    for (const container of (await project.containers()).filter((each) => serviceOf(each) !== 'rabbitmq')) {
      const touched = docker('exec', '--user', 'root', container.Id, 'touch', '/usr/changed');
      await expect(touched, serviceOf(container)).rejects.toThrow('Read-only file system');
    }
  });

  it('is made of images that hold neither tests nor secrets, and check their own health', async () => {
    for (const service of OWN_SERVICES) {
      const image = `inference-server/${service}:test`;
      const find = "find /app -not -path '/app/node_modules/*' ( -name '*.test.ts' -o -name 'testing' -o -name '.env*' -o -name '.git' )";
      expect(await docker('run', '--rm', '--network', 'none', '--entrypoint', 'sh', image, '-c', find.replace(/[()]/g, '\\$&'))).toBe('');
      const [{ Config: config }] = JSON.parse(await docker('image', 'inspect', image));
      expect(config).toMatchObject({ StopSignal: 'SIGTERM', Labels: { 'org.opencontainers.image.title': `InferenceServer ${service}` } });
      expect(config.Healthcheck.Test).toEqual(['CMD', 'bash', 'scripts/check-health.sh', '/livez']);
    }
  });

  it('stops each of its services with exit code 0 when it is asked to', async () => {
    const ours = (await project.containers()).filter((container) => OWN_SERVICES.includes(serviceOf(container)));
    const ids = ours.map(({ Id }) => Id);
    await docker('stop', ...ids);
    const codes = (await project.containers()).filter(({ Id }) => ids.includes(Id)).map(({ State }) => State);
    for (const state of codes) expect(state).toMatchObject({ Status: 'exited', ExitCode: 0 });
    await docker('start', ...ids);
    await project.healthy();
  }, 120_000);

  it.skipIf(!has('curl', 'zip'))(
    'runs its first task with the commands of docs/install.md',
    async () => {
      const [commands = '', ...more] = documentCommands('install.md', '## 5. The first task');
      expect(more).toEqual([]);
      const output = await project.firstTask(commands);
      expect(output.subarray(0, 2).toString()).toBe('PK');
    },
    240_000,
  );

  it('runs a task in a container beside it, and hands out its output', async () => {
    const uid = await (await client()).postScript(MODEL, 'cat /proc/self/cgroup > /output/cgroup.txt; id -u >> /output/cgroup.txt');
    const text = await (await client()).outputText(uid, 'cgroup.txt');
    const own = await project.containers();
    expect(own.some(({ Id }) => text.includes(Id))).toBe(false);
    expect(text.trim().split('\n').at(-1)).toBe('59071');
  });

  describe('lets nothing be reached', () => {
    /** Of these services, the addresses that answer from a container on a network of the project, by name or by any address. */
    const reached = async (network: string, services: readonly string[]) => {
      const targets = addresses(await project.containers()).filter(({ service }) => services.includes(service));
      const named = services.map((service) => ({ service, host: service }));
      const script = connectAll([...targets, ...named]);
      return (await docker('run', '--rm', '--network', `${project.name}_${network}`, 'busybox:1.36', 'sh', '-c', script))
        .split('\n')
        .sort();
    };

    it('but the relay from the network of Traefik', async () => {
      const found = await reached('frontend', ['public-api', 'private-api', 'postgres', 'rabbitmq']);
      expect(new Set(found.map((line) => line.split(' ')[0]))).toEqual(new Set(['public-api']));
    });

    it('but the private API and RabbitMQ from the network of consumers', async () => {
      const found = await reached('work', ['private-api', 'postgres', 'rabbitmq']);
      expect(new Set(found.map((line) => line.split(' ')[0]))).toEqual(new Set(['private-api', 'rabbitmq']));
    });

    it('from the container of a model, but itself', async () => {
      const targets = [...addresses(await project.containers()), { service: 'itself', host: '127.0.0.1' }];
      const listen = `(echo | nc -l -p ${PORTS['itself']} >/dev/null 2>&1) & sleep 1`;
      const uid = await (await client()).postScript(MODEL, `${listen}; ${connectAll(targets)} > /output/reached.txt`);
      expect(await (await client()).outputText(uid, 'reached.txt')).toBe('itself 127.0.0.1\n');
    });
  });

  it('loses none of 20 tasks when it is taken down in their middle and brought up again', async () => {
    const posted: string[] = [];
    const before = await client();
    for (let task = 0; task < 20; task++) posted.push(await before.postScript(MODEL, `sleep 1; echo ${task} > /output/a.txt`));
    const ended = async () => Number((await project.rows("SELECT count(*) FROM task WHERE state = 'succeeded'"))[0]);
    const already = await ended();
    await untilSlowly('some of them to have ended', async () => (await ended()) >= already + 2, 60_000);
    await project.runCommands(documentCommands('reset.md', '## Soft: start everything again')[1] ?? '');
    await project.healthy();
    const after = await client();
    for (const [task, uid] of posted.entries()) expect(await after.outputText(uid, 'a.txt')).toBe(`${task}\n`);
    expect(await project.rows(`SELECT DISTINCT state FROM task`)).toEqual(['succeeded']);
  }, 240_000);

  it('spreads 200 tasks over three consumers, claims each once, and shows each to both of two private APIs', async () => {
    await project.up({ consumer: 3, 'private-api': 2, 'public-api': 2 });
    const counts = new Map<string, number>();
    for (const container of await project.containers()) counts.set(serviceOf(container), (counts.get(serviceOf(container)) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({ consumer: 3, launcher: 1, 'private-api': 2, 'public-api': 2, postgres: 1, rabbitmq: 1 });

    const clients = [await client(0), await client(1)];
    const posted = await atOnce(200, 8, (task) => clients[task % 2]!.postScript(MODEL, `echo ${task} > /output/a.txt`));
    await atOnce(200, 8, async (task) => {
      expect(await clients[(task + 1) % 2]!.outputText(posted[task]!, 'a.txt')).toBe(`${task}\n`);
    });

    const uids = posted.map((uid) => `'${uid}'`).join(',');
    const attempts = `FROM attempt JOIN task ON task.id = attempt.task_id WHERE task.uid IN (${uids})`;
    expect(await project.rows(`SELECT count(*), count(DISTINCT task_id), max(number) ${attempts}`)).toEqual(['200|200|1']);
    const shares = (await project.rows(`SELECT count(*) ${attempts} GROUP BY consumer_id`)).map(Number);
    expect(shares).toHaveLength(3);
    expect(Math.min(...shares), `shares ${shares.join(', ')}`).toBeGreaterThanOrEqual(200 / 3 / 5);

    const list = `fetch('http://127.0.0.1:7421/api/tasks/', { headers: { authorization: 'Bearer ' + process.env.ADMIN_KEY } })
      .then((answer) => answer.json()).then((tasks) => console.log(tasks.map((task) => task.uid).join(' ')))`;
    for (const { Id } of await project.containers('private-api')) {
      const seen = (await docker('exec', Id, 'node', '-e', list)).split(' ');
      expect(seen).toEqual(expect.arrayContaining(posted));
    }
  }, 300_000);

  it('gives out its files and takes them back with the commands of docs/backup.md', async () => {
    const [backup = '', restore = ''] = ['## Back up', '## Restore'].map((heading) => documentCommands('backup.md', heading)[0]);
    const aboutFiles = (commands: string) => commands.split('\n').filter((line) => line.includes('/var/lib/inference/files'));
    const uid = await (await client()).postScript(MODEL, 'echo kept > /output/a.txt');
    await (await client()).output(uid);
    await project.runCommands(['mkdir backup', ...aboutFiles(backup)].join('\n'));
    await docker('exec', (await project.containers('private-api'))[0]!.Id, 'sh', '-c', 'rm /var/lib/inference/files/outputs/*');
    await project.runCommands(aboutFiles(restore).join('\n'));
    expect(await (await client()).outputText(uid, 'a.txt')).toBe('kept\n');
  });

  it('drops the files of ended tasks with the command of docs/reset.md', async () => {
    const uid = await (await client()).postScript(MODEL, 'echo dropped > /output/a.txt');
    await (await client()).output(uid);
    await project.runCommands(documentCommands('reset.md', '## Prune: make room')[0] ?? '');
    expect(await (await client()).status(`/api/tasks/${uid}`)).toBe(554);
  });

  it('is gone, with all that it kept, after the commands of docs/reset.md', async () => {
    await project.runCommands(documentCommands('reset.md', '## Wipe: as if it had just been installed')[0] ?? '');
    expect(await project.leftovers()).toEqual({ containers: '', networks: '', volumes: '' });
    expect(existsSync(String(project.settings['WORK_DIR']))).toBe(false);
  }, 120_000);
});

type Target = { readonly service: string; readonly host: string };

/** Every address of the containers that listen. */
function addresses(containers: readonly Container[]): Target[] {
  return containers.flatMap((container) =>
    Object.values(container.NetworkSettings.Networks)
      .filter(() => PORTS[serviceOf(container)] !== undefined)
      .map(({ IPAddress }) => ({ service: serviceOf(container), host: IPAddress })),
  );
}

/** A shell command that tries to connect to all of them at once, and prints those that answer. */
function connectAll(targets: readonly Target[]): string {
  const tries = targets.map(
    ({ service, host }) => `(nc -w ${CONNECT_SECONDS} ${host} ${PORTS[service]} </dev/null >/dev/null 2>&1 && echo ${service} ${host}) &`,
  );
  return `(${tries.join(' ')} wait)`;
}

/** Runs `work` for 0, 1, 2, ... with so many at the same time; answers the results in that order. */
async function atOnce<T>(count: number, width: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
