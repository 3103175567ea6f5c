import { expect, it } from 'vitest';
import { pullFailure } from './pull-failure.ts';

it.each([
  ['manifest for group/model:9 not found: manifest unknown: manifest unknown', 'image_unavailable', 'no such image or tag'],
  ["pull access denied for group/model, repository does not exist or may require 'docker login': denied", 'image_unavailable', 'login'],
  ['Head "https://registry.example/v2/x": unauthorized: authentication required', 'image_unavailable', 'login'],
  ['denied: requested access to the resource is denied', 'image_unavailable', 'does not allow'],
  ['no matching manifest for linux/arm64/v8 in the manifest list entries', 'image_unavailable', 'processor'],
  ['toomanyrequests: You have reached your pull rate limit', 'infrastructure', 'too often'],
  ['received unexpected HTTP status: 503 Service Unavailable', 'infrastructure', '503'],
  ['Get "https://registry.example/v2/": dial tcp 10.0.0.1:443: connect: connection refused', 'infrastructure', 'cannot be reached'],
  [
    'Get "https://registry.example/v2/": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
    'infrastructure',
    'in time',
  ],
  ['write /var/lib/docker/tmp/GetImageBlob123: no space left on device', 'infrastructure', 'disk'],
  ['filesystem layer verification failed for digest sha256:00', 'infrastructure', 'damaged'],
  ['unexpected EOF', 'infrastructure', 'damaged'],
  ['something nobody has seen', 'infrastructure', 'something nobody has seen'],
])('takes %j for %s', (said, failureClass, words) => {
  expect(pullFailure('group/model:9', said)).toEqual({ class: failureClass, reason: expect.stringContaining(words) });
});

it('does not take words in the name of the image for what happened', () => {
  const answer = pullFailure('timeout/eof:429', 'manifest for timeout/eof:429 not found: manifest unknown');
  expect(answer.class).toBe('image_unavailable');
});
