import { expect, it } from 'vitest';
import { ENGINE_WANTED, isEngineOld } from './engine-version.ts';

it.each(['20.10.24+dfsg1', '29.5.0', '29.4.9', '28.9.9', 'v27.0.1'])('warns of engine %s', (version) => {
  expect(isEngineOld(version)).toBe(true);
});

it.each([ENGINE_WANTED, '29.5.2', '29.6', '30.0.0-rc.1', '100.1.1', 'dev'])('is content with engine %s', (version) => {
  expect(isEngineOld(version)).toBe(false);
});
