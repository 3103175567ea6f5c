import { describe, expect, it } from 'vitest';
import { ANY_IMAGE, refusedByPolicy } from './image-policy.ts';

const policy = { ...ANY_IMAGE, allowed: ['registry.example/lab', 'registry.example:5000/', 'docker.io/library/busybox'] };

describe('the images that may run here', () => {
  it.each([
    'registry.example/lab/model:1',
    `registry.example/lab/group/model@sha256:${'0'.repeat(64)}`,
    'registry.example:5000/any',
    'busybox',
    'docker.io/busybox:1',
    'index.docker.io/library/busybox',
  ])('are those of the list: %s', (image) => {
    expect(refusedByPolicy(image, policy)).toBeNull();
  });

  it.each([
    'registry.example/laboratory/model:1',
    'registry.example/model',
    'registry.example.evil/lab/model',
    'evil/registry.example/lab/model',
    'busybox-evil',
    'library/busybox/more:1'.replace('/more', '-more'),
    `sha256:${'0'.repeat(64)}`,
  ])('are no others: %s', (image) => {
    expect(refusedByPolicy(image, policy)).toMatchObject({ class: 'image_unavailable' });
  });

  it('are all where nobody has made a list', () => {
    expect(refusedByPolicy('anything/at/all', ANY_IMAGE)).toBeNull();
  });
});
