import { describe, expect, it } from 'vitest';
import { matchRoute } from './match-route.ts';
import { TEST_UID } from './start-for-tests.ts';

describe('matchRoute', () => {
  it.each([
    ['GET', `/api/tasks/${TEST_UID}`, `/api/tasks/outputs/${TEST_UID}`],
    ['HEAD', `/api/tasks/${TEST_UID}/`, `/api/tasks/outputs/${TEST_UID}`],
    ['DELETE', `/api/tasks/${TEST_UID}`, `/api/tasks/${TEST_UID}`],
    ['POST', '/api/tasks', '/api/tasks/'],
    ['POST', '/api/tasks/', '/api/tasks/'],
    ['POST', '/api/task%73/', '/api/tasks/'],
    ['GET', '/api/models', '/api/models/'],
    ['POST', '/api/models/', '/api/models/'],
    ['GET', '/docs/swagger-ui.css', '/docs/swagger-ui.css'],
    ['GET', '/docs/', '/docs'],
    ['GET', '/', '/'],
    ['PUT', '/api/v1/tasks/scan~1.a_b-c?model=echo', '/api/v1/tasks/scan~1.a_b-c?model=echo'],
    ['POST', '/api/v1/models/echo/tasks/', '/api/v1/models/echo/tasks'],
    ['PATCH', '/api/v1/models/a.b-c', '/api/v1/models/a.b-c'],
    ['GET', `/api/v1/tasks/${TEST_UID}?wait=30&x=y`, `/api/v1/tasks/${TEST_UID}?wait=30`],
    ['GET', '/api/v1/tasks?label=a:b&label=c:d&limit=1&limit=2', '/api/v1/tasks?label=a%3Ab&label=c%3Ad&limit=2'],
    ['GET', `/api/v1/tasks/${TEST_UID}/files/`, `/api/v1/tasks/${TEST_UID}/files`],
    ['GET', `/api/v1/tasks/${TEST_UID}/files/a b/%C3%BC%25.txt`, `/api/v1/tasks/${TEST_UID}/files/a%20b/%C3%BC%25.txt`],
    ['GET', `/api/v1/tasks/${TEST_UID}/files/%252e%252e/x%3Fy`, `/api/v1/tasks/${TEST_UID}/files/%252e%252e/x%3Fy`],
  ])('finds %s %s and rebuilds its address', (method, target, url) => {
    expect(matchRoute(method, target)).toMatchObject({ kind: 'route', url });
  });

  it.each([
    `/api/tasks/outputs/${TEST_UID}`,
    `/api/tasks/inputs/${TEST_UID}`,
    `/api/models/${TEST_UID}`,
    `/api/tasks/${TEST_UID}x`,
    `/api/tasks/${TEST_UID.slice(1)}`,
    `/api/tasks//${TEST_UID}`,
    `//api/tasks/${TEST_UID}`,
    `/api/tasks/${TEST_UID}//`,
    `/api/./tasks/${TEST_UID}`,
    `/api/tasks/../tasks/${TEST_UID}`,
    `/api/tasks/%2e%2e/tasks/${TEST_UID}`,
    `/api%2Ftasks/${TEST_UID}`,
    `/api%5ctasks/${TEST_UID}`,
    `/api\\tasks\\${TEST_UID}`,
    `/api/tasks%00/${TEST_UID}`,
    `/api/tasks/${TEST_UID}%00`,
    '/api/%2574asks/',
    '/openapi%2ejson',
    '/docs/package.json',
    '/docs/../package.json',
    '/docs/swagger-ui-bundle.js.map',
    '/API/models/',
    `/api/tasks/${TEST_UID}#x`,
    '/api/v1',
    '/api/v1/tasks/short',
    `/api/v1/tasks/${TEST_UID}/other`,
    '/api/v1/models/.hidden',
    `/api/v1/tasks/${TEST_UID}/files/../output`,
    `/api/v1/tasks/${TEST_UID}/files/%2e%2e/output`,
    `/api/v1/tasks/${TEST_UID}/files/a//b`,
    `/api/v1/tasks/${TEST_UID}/files/a/.`,
    `/api/v1/tasks/${TEST_UID}/files/a/`,
    `/api/v1/tasks/${TEST_UID}/files/a%2fb`,
    `/api/v1/tasks/${TEST_UID}/files/a%5cb`,
    `/api/v1/tasks/${TEST_UID}/files/a%00`,
    `/api/v1/tasks/${TEST_UID}/files/${'x'.repeat(4_097)}`,
    `/api/v1/tasks/../tasks/files/x`,
    `/api/v1/tasks/%2e%2e/files/x`,
    `/api/v1%2ftasks/${TEST_UID}/files/x`,
  ])('knows nothing at %s', (target) => {
    expect(matchRoute('GET', target)).toEqual({ kind: 'not_found' });
  });

  it.each(['http://127.0.0.1/api/models/', '*', 'example.org:443', '', '/api/models%', '/api/%ff/'])('refuses the target %j', (target) => {
    expect(matchRoute('GET', target)).toEqual({ kind: 'bad_target' });
  });

  it.each([
    ['PUT', `/api/tasks/${TEST_UID}`, ['GET', 'HEAD', 'DELETE']],
    ['GET', '/api/tasks/', ['POST']],
    ['OPTIONS', '/api/tasks/', ['POST']],
    ['DELETE', '/api/models/', ['GET', 'HEAD', 'POST']],
    ['TRACE', '/', ['GET', 'HEAD']],
    ['DELETE', '/api/v1/tasks', ['GET', 'HEAD']],
    ['PUT', `/api/v1/tasks/${TEST_UID}/files/a`, ['GET', 'HEAD']],
  ])('names the methods that are allowed instead of %s %s', (method, target, allow) => {
    expect(matchRoute(method, target)).toEqual({ kind: 'method_not_allowed', allow });
  });

  it('passes on known query keys only, encoded anew, the last of several', () => {
    const query = 'uid=1&use_gpu=no&description=a%26b%20c&input_mountpoint=%2Fetc&use_gpu=True&human_readable_id=x%0d%0aHost%3ay';
    expect(matchRoute('POST', `/api/models/?${query}`)).toMatchObject({
      url: '/api/models/?use_gpu=True&description=a%26b+c&human_readable_id=x%0D%0AHost%3Ay',
    });
  });

  it('keeps a question mark inside a value', () => {
    expect(matchRoute('POST', '/api/models/?description=why?')).toMatchObject({ url: '/api/models/?description=why%3F' });
  });

  it('refuses a value that is longer than its key allows, and a NUL in it', () => {
    expect(matchRoute('GET', `/api/tasks/${TEST_UID}?status=${'x'.repeat(32)}`).kind).toBe('route');
    expect(matchRoute('GET', `/api/tasks/${TEST_UID}?status=${'x'.repeat(33)}`)).toEqual({
      kind: 'value_too_long',
      key: 'status',
      charsMax: 32,
    });
    expect(matchRoute('GET', `/api/tasks/${TEST_UID}?status=%00`)).toEqual({ kind: 'bad_target' });
  });
});
