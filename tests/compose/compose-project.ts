import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { environmentFile, ROOT } from './test-environment.ts';
import { untilSlowly } from './until-slowly.ts';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
/** The work folder of an installation, as documents name it. */
const WORK_DIR = '/var/lib/inference-server/work';
const SETUP = join(ROOT, 'scripts', 'setup.ts');
const OVERRIDE = join(import.meta.dirname, 'override.yaml');
/** A service that is not healthy by then will not be, in milliseconds. */
const HEALTHY_LIMIT_MS = 120_000;

/** All services but Traefik, whose image tests cannot have. */
export const SERVICES = ['public-api', 'private-api', 'consumer', 'launcher', 'postgres', 'rabbitmq'] as const;

/** What the project has made: ids and names, by kind. */
export type Leftovers = { readonly containers: string; readonly networks: string; readonly volumes: string };

/** One container of the project, as `docker inspect` tells it. */
export type Container = {
  readonly Id: string;
  readonly Name: string;
  readonly Config: { readonly User: string; readonly Labels: Readonly<Record<string, string>> };
  readonly State: { readonly Status: string; readonly ExitCode: number; readonly Health?: { readonly Status: string } };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
};

/** The real compose file under a project name, with settings and folders of its own. */
export class ComposeProject {
  readonly name = `inference-test-${randomBytes(4).toString('hex')}`;
  readonly settings: Record<string, string>;
  readonly #folder: string;

  private constructor(folder: string, settings: Readonly<Record<string, string>>) {
    this.#folder = folder;
    const [net] = randomBytes(1);
    this.settings = {
      ...settings,
      WORK_DIR: join(folder, 'work'),
      // Beside a project of the person who runs the tests, and of another run.
      FRONTEND_SUBNET: `172.16.${net}.0/24`,
      IMAGE_TAG: 'test',
    };
  }

  /** Sets an installation up as `npm run setup` does, in a temporary folder. */
  static async prepare(): Promise<ComposeProject> {
    const folder = await mkdtemp(join(tmpdir(), 'inference-compose-'));
    await run(process.execPath, [SETUP, '--domain', 'models.example'], { cwd: folder });
    const project = new ComposeProject(folder, parseEnv(await readFile(join(folder, '.env'), 'utf8')) as Record<string, string>);
    await writeFile(join(folder, 'environment'), environmentFile(project.settings), { mode: 0o600 });
    return project;
  }

  /** Runs docker-compose and answers its stdout. */
  async compose(...args: string[]): Promise<string> {
    const options = { cwd: ROOT, env: { PATH: process.env['PATH'], HOME: this.#folder }, maxBuffer: OUTPUT_BYTES_MAX };
    return (await run('docker-compose', [...this.#options(), ...args], options)).stdout;
  }

  /** Runs shell commands of a document on this project, in a folder of its own. `docker compose up -d` leaves out Traefik. */
  async runCommands(commands: string): Promise<void> {
    const bin = join(this.#folder, 'bin');
    await mkdir(bin, { recursive: true });
    // docker-compose 1.29 itself runs docker, which must be the real one.
    const docker = `#!/bin/sh
PATH='${process.env['PATH']}'
[ "$1" = compose ] || exec docker "$@"
shift
[ "$*" = 'up -d' ] && set -- up -d --no-build ${SERVICES.join(' ')}
exec docker-compose ${this.#options().join(' ')} "$@"
`;
    await writeFile(join(bin, 'docker'), docker, { mode: 0o755 });
    await writeFile(join(bin, 'sudo'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
    const script = commands.replaceAll(WORK_DIR, String(this.settings['WORK_DIR']));
    const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: this.#folder };
    await run('sh', ['-euc', script], { cwd: this.#folder, env, maxBuffer: OUTPUT_BYTES_MAX });
  }

  /**
   * Runs the commands of the installation guide that send a first task, in a folder with the sources, and answers the output. There is no
   * Traefik here: what would go to it goes to a relay, by HTTP.
   */
  async firstTask(commands: string): Promise<Buffer> {
    const [relay = ''] = await this.relayUrls();
    await symlink(join(ROOT, 'examples'), join(this.#folder, 'examples'));
    const here = commands
      .replaceAll('https://localhost', relay)
      .replaceAll('--cacert traefik/certs/cert.pem ', '')
      .replaceAll('/tmp/input.zip', join(this.#folder, 'input.zip'));
    // Other tests build an image of the guide's name, and remove it.
    const image = `${this.name}/word-count:1`;
    try {
      await this.runCommands(here.replaceAll('my-lab/word-count:1', image));
      return await readFile(join(this.#folder, 'output.zip'));
    } finally {
      await docker('image', 'rm', '-f', image);
    }
  }

  #options(): string[] {
    const files = ['docker-compose.yaml', 'docker-compose.override.yaml', OVERRIDE].flatMap((file) => ['-f', resolve(ROOT, file)]);
    return ['--env-file', join(this.#folder, 'environment'), '--project-name', this.name, ...files];
  }

  /** Starts the services, as many of each as `scale` says, and waits until all are healthy. */
  async up(scale: Readonly<Record<string, number>> = {}): Promise<void> {
    const scales = Object.entries(scale).flatMap(([service, count]) => ['--scale', `${service}=${count}`]);
    await this.compose('up', '-d', '--no-build', ...scales, ...SERVICES);
    await this.healthy();
  }

  /** Waits until every container is healthy. docker-compose itself would take one that has ended for healthy. */
  async healthy(): Promise<void> {
    const isWell = ({ State }: Container) => State.Health?.Status === 'healthy' && State.Status === 'running';
    try {
      await untilSlowly('every service to be healthy', async () => (await this.containers()).every(isWell), HEALTHY_LIMIT_MS);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${await this.compose('ps')}\n${await this.compose('logs', '--tail=40')}`);
    }
  }

  /** The containers of a service, or of all services that go on running. */
  async containers(service?: string): Promise<Container[]> {
    const filters = ['--filter', `label=com.docker.compose.project=${this.name}`];
    if (service !== undefined) filters.push('--filter', `label=com.docker.compose.service=${service}`);
    const ids = (await docker('ps', '-aq', ...filters)).split('\n').filter((id) => id !== '');
    if (ids.length === 0) return [];
    const containers = JSON.parse(await docker('inspect', ...ids)) as Container[];
    return containers.filter((container) => service !== undefined || serviceOf(container) !== 'work-folder');
  }

  /** Where each relay can be reached from this machine. */
  async relayUrls(): Promise<string[]> {
    const relays = await this.containers('public-api');
    const published = await Promise.all(relays.map(({ Id }) => docker('port', Id, '7420/tcp')));
    return published.map((address) => `http://${address.split('\n')[0]}`);
  }

  /** The rows that a statement gives, columns separated by `|`. */
  async rows(statement: string): Promise<string[]> {
    const text = await this.compose('exec', '-T', 'postgres', 'psql', '-U', 'inference', '-Atc', statement);
    return text.trim().split('\n');
  }

  /** What there is of the project now, beside its images. */
  async leftovers(): Promise<Leftovers> {
    const filter = ['--filter', `label=com.docker.compose.project=${this.name}`];
    return {
      containers: await docker('ps', '-aq', ...filter),
      networks: await docker('network', 'ls', '-q', ...filter),
      volumes: await docker('volume', 'ls', '-q', ...filter),
    };
  }

  /** Removes everything of the project but the images, which the next run builds from. */
  async remove(): Promise<void> {
    await this.compose('down', '--volumes', '--remove-orphans', '--timeout', '20');
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export function serviceOf(container: Container): string {
  return container.Config.Labels['com.docker.compose.service'] ?? '';
}

/** Runs the docker command and answers its stdout, trimmed. */
export async function docker(...args: string[]): Promise<string> {
  return (await run('docker', args, { maxBuffer: OUTPUT_BYTES_MAX })).stdout.trim();
}
