/** Routes that a server's advice names, and what one types instead. */
export const ROUTE_COMMANDS: Readonly<Record<string, string>> = {
  'GET /api/v1/tasks': 'infer tasks list',
  'GET /api/v1/models': 'infer models list',
  'GET /api/v1/consumers': 'infer consumers list',
  'DELETE /api/v1/consumers/{id}': 'infer consumers forget {id}',
};

const ROUTE = /\b([A-Z]+ \/api\/v1\/[a-z]+)(?:\/([\w.-]*\w))?/g;

/** A refusal with commands in it where the server, which does not know who reads it, names routes. Others stay. */
export function commandsForRoutes(text: string): string {
  return text.replace(ROUTE, (route: string, collection: string, id?: string) => {
    const command = ROUTE_COMMANDS[id === undefined ? collection : `${collection}/{id}`];
    return command === undefined ? route : command.replace('{id}', () => id ?? '');
  });
}
