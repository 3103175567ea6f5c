import { V1_ROUTES, type V1Route } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { RequestHandler } from 'express';

/** Refuses what no route has taken but for its method: the address is right, and `Allow` names the methods that it knows. */
export const refuseMethod: RequestHandler = (request, response, next) => {
  const there = V1_ROUTES.filter(({ path }) => shapeOf(path).test(request.path));
  if (there.length === 0) {
    next();
    return;
  }
  response.set('Allow', [...new Set(there.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].join(', '));
  throw new AppError('method_not_allowed');
};

/** Any address of a path: values are not looked at. */
function shapeOf(path: V1Route['path']): RegExp {
  const pattern = path.replace('{path}', '.+').replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${pattern}/?$`);
}
