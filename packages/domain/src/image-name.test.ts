import { describe, expect, it } from 'vitest';
import { digestOf, isImageName, withTag } from './image-name.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('names of images', () => {
  it.each([
    ['busybox', 'busybox:latest'],
    ['group/model', 'group/model:latest'],
    ['127.0.0.1:5000/group/model', '127.0.0.1:5000/group/model:latest'],
    ['127.0.0.1:5000/group/model:2', '127.0.0.1:5000/group/model:2'],
    [`group/model@${DIGEST}`, `group/model@${DIGEST}`],
  ])('pulls one tag of %s, never all', (name, pulled) => {
    expect(withTag(name)).toBe(pulled);
  });

  it.each(['busybox', 'Registry.Example:5000/a/b_c.d--e:V1.2', `a@${DIGEST}`, `a:1@${DIGEST}`, DIGEST])('takes %s for a name', (name) => {
    expect(isImageName(name)).toBe(true);
  });

  it.each(['', 'a b', '../x', 'a/../b', 'a?x', 'a#x', 'A/B', 'a:', ':1', '/a', 'a@sha256:1', 'a\n', `${'a/'.repeat(300)}a`])(
    'does not take %j for a name',
    (name) => {
      expect(isImageName(name)).toBe(false);
    },
  );

  it('finds the digest of the name that was asked for, among others of the same image', () => {
    const digests = [`other/model@${DIGEST}`, `127.0.0.1:5000/group/model@${DIGEST}`, `busybox@${DIGEST}`];
    expect(digestOf('127.0.0.1:5000/group/model:7', digests)).toBe(digests[1]);
    expect(digestOf('docker.io/library/busybox:1', digests)).toBe(digests[2]);
    expect(digestOf('group/model:7', digests)).toBeNull();
  });
});
