import { systemClock } from '@inference/domain';
import { CONSUMER_KEY } from '@inference/private-api/testing';
import { createLog } from '@inference/service';
import { onTestFinished } from 'vitest';
import { createHttpControlPlane } from '../create-http-control-plane.ts';

/** The HTTP adapter for a private API of the test's; it is closed when the test ends. `lines` gets what it logs. */
export function openControlPlane(url: string, options: { key?: string; lines?: string[] } = {}) {
  const { key = CONSUMER_KEY, lines = [] } = options;
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const control = createHttpControlPlane({ url, key, clock: systemClock, log });
  onTestFinished(() => control.close());
  return control;
}
