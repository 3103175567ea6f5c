import { describe, expect, it } from 'vitest';
import { platformNotice } from './platform-notice.ts';

describe('the notice about the system', () => {
  it('says on other systems than Linux that Docker is needed', () => {
    expect(platformNotice('darwin')).toMatch(/^this is darwin, .*Docker is needed$/);
  });

  it('says nothing on Linux', () => {
    expect(platformNotice('linux')).toBeNull();
  });
});
