import { CONSUMER_SETTINGS } from '@inference/consumer';
import { LAUNCHER_SETTINGS } from '@inference/launcher';
import { PRIVATE_API_SETTINGS } from '@inference/private-api';
import { PUBLIC_API_SETTINGS } from '@inference/public-api';
import { type Settings, settingsTable } from '@inference/service';
import { STANDALONE_SETTINGS } from '@inference/standalone';

const HEAD = `# Configuration

<!-- Printed by \`npm run write-docs\` from the declarations in the services' config.ts; do not edit it here. -->

Each service reads its settings from the environment when it starts. What is empty counts as not set. When something is wrong, the service
names all of it at once and ends with exit code 2.

A setting marked as secret may also lie in a file: set \`NAME_FILE\` to the path of the file instead of \`NAME\` to the secret. A secret of this
installation's own making (a key or token) has at least 32 characters, and is refused when it is an example, or the same as another one.
\`npm run setup\` makes them.

A flag is 1 or 0. Sizes are in bytes.
`;

const SERVICES: readonly (readonly [title: string, text: string, settings: Settings])[] = [
  ['public-api', 'The relay: the only service that the internet may reach.', PUBLIC_API_SETTINGS],
  ['private-api', 'Knows every rule; several may run side by side.', PRIVATE_API_SETTINGS],
  ['consumer', 'Claims tasks and runs them; any number, on any number of machines.', CONSUMER_SETTINGS],
  ['launcher', 'Has the Docker socket in the stead of consumers on its machine, and runs their containers.', LAUNCHER_SETTINGS],
  ['npm start', 'All of them in one process; names that begin with dashes are arguments: `npm start -- --port 8000`.', STANDALONE_SETTINGS],
];

/** docs/configuration.md, as the declarations of all services say it. */
export function configurationPage(): string {
  const sections = SERVICES.map(([title, text, settings]) => `## ${title}\n\n${text}\n\n${settingsTable(settings)}\n`);
  return [HEAD, ...sections].join('\n');
}
