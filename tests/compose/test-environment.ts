import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
const SOCKET = '/var/run/docker.sock';

const secret = () => randomBytes(24).toString('hex');

/** What has no default in docker-compose.yaml, as `npm run setup` would choose it. */
export function requiredSettings(): Record<string, string> {
  return {
    POSTGRES_PASSWORD: secret(),
    RABBITMQ_PASSWORD: secret(),
    ADMIN_KEY: secret(),
    CONSUMER_KEY: secret(),
    RELAY_TOKEN: secret(),
    DOCKER_GID: String(statSync(SOCKET, { throwIfNoEntry: false })?.gid ?? 0),
  };
}

/** The text of a .env file. */
export function environmentFile(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
