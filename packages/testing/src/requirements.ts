import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';

/** Where Debian's newest Postgres has its programs; null where none is installed. */
export const DEBIAN_POSTGRES: string | null =
  globSync('/usr/lib/postgresql/*/bin')
    .filter((folder) => existsSync(`${folder}/initdb`) && existsSync(`${folder}/pg_restore`))
    .sort()
    .at(-1) ?? null;

/** What the Dockerfile and docker-compose.yaml are built from; Traefik is not needed by any test. */
const BASE_IMAGES = ['node:24-bookworm-slim', 'postgres:18-bookworm', 'rabbitmq:4', 'busybox:1.36'];

/** What some tests need beside Node, and what a reader can do where it is missing. */
export const REQUIREMENTS = {
  docker: { found: () => succeeds('docker', ['version']), missing: 'no Docker engine answers: install docker.io and start dockerd' },
  bubblewrap: { found: () => succeeds('bwrap', ['--version']), missing: 'bubblewrap is not installed' },
  unshare: { found: () => succeeds('unshare', ['--version']), missing: 'unshare is not installed (util-linux)' },
  busybox: { found: () => succeeds('/usr/bin/busybox', ['true']), missing: 'busybox is not installed (busybox-static)' },
  python3: { found: () => succeeds('python3', ['--version']), missing: 'python3 is not installed' },
  python: {
    found: () => succeeds('/usr/bin/python3', ['-c', 'import requests']),
    missing: 'python3 with requests is not installed (python3-requests)',
  },
  curl: { found: () => succeeds('curl', ['--version']), missing: 'curl is not installed' },
  'docker-compose': { found: () => succeeds('docker-compose', ['version']), missing: 'docker-compose is not installed' },
  'base-images': {
    found: () => BASE_IMAGES.every((image) => succeeds('docker', ['image', 'inspect', image])),
    missing: `these images are not on this machine, and tests pull none: ${BASE_IMAGES.join(', ')}`,
  },
  'debian-postgres': {
    found: () => DEBIAN_POSTGRES !== null,
    missing: 'a Postgres with pg_dump and pg_restore is not installed (postgresql-15)',
  },
  git: { found: () => succeeds('git', ['--version']), missing: 'git is not installed' },
  haproxy: { found: () => succeeds('haproxy', ['-v']), missing: 'haproxy is not installed' },
  openssl: { found: () => succeeds('openssl', ['version']), missing: 'openssl is not installed' },
  chromium: { found: () => succeeds('chromium', ['--version']), missing: 'chromium is not installed' },
  rabbitmq: { found: () => existsSync('/usr/lib/rabbitmq/bin/rabbitmq-server'), missing: 'RabbitMQ is not installed (rabbitmq-server)' },
  zip: { found: () => succeeds('zip', ['-v']), missing: 'zip is not installed' },
  unzip: { found: () => succeeds('unzip', ['-v']), missing: 'unzip is not installed' },
  jar: { found: () => succeeds('jar', ['--version']), missing: 'jar, the zip program of Java, is not installed (openjdk-17-jdk-headless)' },
  terminal: {
    found: () => succeeds('script', ['--version']),
    missing: 'script, which makes terminals for tests, is not installed (bsdutils)',
  },
  zsh: { found: () => succeeds('zsh', ['--version']), missing: 'zsh is not installed' },
  fish: { found: () => succeeds('fish', ['--version']), missing: 'fish is not installed' },
  'loop-files': {
    found: () => process.getuid?.() === 0 && existsSync('/dev/loop-control') && succeeds('mkfs.ext4', ['-V']),
    missing: 'loop files cannot be mounted here: that takes root, /dev/loop-control and e2fsprogs',
  },
  root: { found: () => process.getuid?.() === 0, missing: 'not running as root' },
} as const satisfies Record<string, { found: () => boolean; missing: string }>;

export type Requirement = keyof typeof REQUIREMENTS;

const known = new Map<Requirement, boolean>();

/** Whether this machine has all that a test needs; each is looked up once per process. */
export function has(...requirements: readonly Requirement[]): boolean {
  return requirements.every(isHere);
}

function isHere(requirement: Requirement): boolean {
  const before = known.get(requirement);
  if (before !== undefined) return before;
  const found = REQUIREMENTS[requirement].found();
  known.set(requirement, found);
  return found;
}

/** How long a look may take, in milliseconds: a Docker engine that hangs counts as missing. */
const LOOK_TIMEOUT_MS = 10_000;

function succeeds(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: LOOK_TIMEOUT_MS }).status === 0;
}
