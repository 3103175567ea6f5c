import { createLog } from '@inference/service';
import { expect, it } from 'vitest';
import { deleteLeftovers } from './delete-leftovers.ts';

it('tells of a file that cannot be deleted, and lets the server start', async () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line).err.message) } });
  const runOnce = () => Promise.reject(new Error('EPERM: operation not permitted, unlink'));
  await deleteLeftovers({ name: 'delete-old-files', intervalMs: 1_000, runOnce }, log);
  expect(lines).toEqual(['EPERM: operation not permitted, unlink']);
});
