import { expect, it } from 'vitest';
import { isImageAllowed } from './is-image-allowed.ts';

it.each([
  ['registry.example/group/model:1', ['registry.example/group/'], true],
  ['registry.example/group/model:1', ['registry.example/group'], true],
  ['registry.example/grouped/model:1', ['registry.example/group'], false],
  ['registry.example.evil.example/group/model', ['registry.example'], false],
  ['busybox', ['docker.io/'], true],
  ['busybox', ['registry.example'], false],
  [`sha256:${'a'.repeat(64)}`, ['docker.io/'], false],
  ['anything', null, true],
])('the image %s, where %j is allowed: %s', (image, allowed, isAllowed) => {
  expect(isImageAllowed(image, allowed)).toBe(isAllowed);
});
