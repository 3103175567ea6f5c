// Makes the .env of a new installation: fresh secrets, and what docker-compose.yaml needs to know.
//
//   npm run setup [-- --domain DOMAIN --legacy-anonymous]
//
// On a terminal it asks for what is not given; without one it takes the defaults: localhost, and no clients without a key.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { askChoices } from './setup/ask-choices.ts';
import { domainFault } from './setup/domain-fault.ts';
import { environmentFile } from './setup/environment-file.ts';
import { nextSteps } from './setup/next-steps.ts';
import { writeNewFile } from './setup/write-new-file.ts';

/** npm runs this in the root of the project, where docker compose looks for the file. */
const file = join(process.cwd(), '.env');
const DOCKER_SOCKET = '/var/run/docker.sock';

const EXISTS = `There is a .env already, and nothing was changed. The database and RabbitMQ were made with its passwords.
To change a setting, edit it. To begin anew, delete everything with "docker compose down --volumes", move .env away, and run this again.`;

const given = readArguments();
if (existsSync(file)) end(1, EXISTS);
const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
const choices = isTerminal ? await askChoices(given) : { domain: 'localhost', legacyAnonymous: false, ...given };
if (choices === null) end(1, 'Nothing was written.');
const dockerGroup = findDockerGroup();
if (!writeNewFile(file, environmentFile({ ...choices, dockerGroup }))) end(1, EXISTS);
console.log(nextSteps({ ...choices, dockerGroup }));

function readArguments(): { domain?: string; legacyAnonymous?: true } {
  try {
    const options = { domain: { type: 'string' }, 'legacy-anonymous': { type: 'boolean' } } as const;
    const { domain, 'legacy-anonymous': legacyAnonymous } = parseArgs({ options, strict: true }).values;
    const fault = domain === undefined ? null : domainFault(domain);
    if (fault !== null) end(2, `--domain ${fault}`);
    return { ...(domain === undefined ? {} : { domain }), ...(legacyAnonymous === true ? { legacyAnonymous } : {}) };
  } catch (error) {
    return end(2, `${(error as Error).message.split('.')[0]}.\nusage: npm run setup [-- --domain DOMAIN --legacy-anonymous]`);
  }
}

/** The consumer needs the group that may use Docker's socket; null where there is no socket. */
function findDockerGroup(): number | null {
  const found = statSync(DOCKER_SOCKET, { throwIfNoEntry: false });
  return found?.isSocket() === true ? found.gid : null;
}

function end(code: number, message: string): never {
  console.error(message);
  process.exit(code);
}
