import { randomBytes } from 'node:crypto';
import { secretFault } from '@inference/service';

/** What whoever sets up an installation decides, and what is found on this machine. */
export type Choices = { readonly domain: string; readonly legacyAnonymous: boolean; readonly dockerGroup: number | null };

const SECRET_BYTES = 32;

/** The content of .env: secrets of this installation's own, and what docker-compose.yaml hands on to the services. */
export function environmentFile({ domain, legacyAnonymous, dockerGroup }: Choices): string {
  return `# Made by npm run setup, for docker compose. Keep it secret, and keep it: the database and RabbitMQ are made with its passwords.
# docs/configuration.md says what the services understand.

# The name under which clients reach the server, and the ports.
DOMAIN=${domain}
HTTP_PORT=80
HTTPS_PORT=443

# Clients without a key may post tasks, and read and delete those whose id they know: 1 or 0.
LEGACY_ANONYMOUS=${legacyAnonymous ? 1 : 0}

# Where consumers keep what tasks need while they run, and the group that may use Docker's socket.
WORK_DIR=/var/lib/inference-server/work
DOCKER_GID=${dockerGroup ?? ''}

# The key that may do everything.
ADMIN_KEY=${newSecret()}
# What the services prove to each other with.
CONSUMER_KEY=${newSecret()}
RELAY_TOKEN=${newSecret()}
POSTGRES_PASSWORD=${newSecret()}
RABBITMQ_PASSWORD=${newSecret()}
`;
}

/** URL-safe: the passwords stand in addresses. One that looks like an example by chance would be refused, so another one is made. */
function newSecret(): string {
  for (;;) {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    if (secretFault(secret) === null) return secret;
  }
}
