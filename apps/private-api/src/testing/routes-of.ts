import type { Express } from 'express';
import { expect } from 'vitest';

type Layer = { name: string; route?: { path: string; stack: { method?: string }[] }; handle: { stack?: unknown } };

/** Every route of an app, as "METHOD path". */
export function routesOf(app: Express): string[] {
  const layers = (app as unknown as { router: { stack: Layer[] } }).router.stack;
  const hidden = layers.filter((layer) => layer.route === undefined && layer.handle.stack !== undefined);
  expect(hidden, 'routers within the app, whose routes this test cannot see: add their routes to the app itself').toEqual([]);
  return layers.flatMap(({ route }) => {
    const methods = new Set(route?.stack.map(({ method }) => (method ?? 'all').toUpperCase()));
    return [...methods].map((method) => `${method} ${route?.path}`);
  });
}
