import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandsForRoutes, ROUTE_COMMANDS } from './commands-for-routes.ts';

const root = join(import.meta.dirname, '..', '..', '..');
/** Where sentences of refusals are written. */
const SOURCES = '{packages/{domain,service,zips},apps/private-api}/src/**/*.ts';

/** Every route that a sentence of a server names: what a source has of them outside of comments. */
function namedRoutes(): string[] {
  return globSync(SOURCES, { cwd: root })
    .filter((path) => !/\.test\.ts$|\/testing\//.test(path))
    .flatMap((path) => readFileSync(join(root, path), 'utf8').split('\n'))
    .filter((line) => !/^\s*(?:\/?\*|\/\/)/.test(line))
    .flatMap((line) => line.replace(/\$\{\w+\}/g, 'some-id').match(/\b(?:GET|POST|PUT|PATCH|DELETE) \/api\/v1[^\s'`),]*/g) ?? []);
}

describe('the commands that stand for routes in what a server advises', () => {
  it('are there for every route that a server names', () => {
    const routes = namedRoutes();
    expect(routes.length).toBeGreaterThanOrEqual(Object.keys(ROUTE_COMMANDS).length);
    for (const route of routes) expect(commandsForRoutes(`Look: ${route}.`)).toMatch(/^Look: infer [^/]+\.$/);
  });

  it('exist', () => {
    const reference = readFileSync(join(root, 'docs', 'cli', 'commands.md'), 'utf8');
    for (const command of Object.values(ROUTE_COMMANDS))
      expect(reference).toMatch(new RegExp(`^#+ .*${command.replace(/ \{.*/, '')}\\b`, 'm'));
  });

  it('take the id along, and leave alone what has none', () => {
    expect(commandsForRoutes('Free it (DELETE /api/v1/consumers/gpu-1.lab) first.')).toBe(
      'Free it (infer consumers forget gpu-1.lab) first.',
    );
    for (const text of ['PATCH /api/v1/models/x', 'No route.', 'See /api/v1/models.']) expect(commandsForRoutes(text)).toBe(text);
  });
});
