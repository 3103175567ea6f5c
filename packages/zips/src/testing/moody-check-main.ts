import { existsSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ZIP_LIMITS } from '@inference/domain';
import type { CheckReply, CheckRequest } from '../check-message.ts';
import { checkZip } from '../check-zip.ts';

// A check process that does what the file's name says. The files need not exist, except for names that mean nothing here.
const reply = (message: CheckReply) => process.send?.(message);
const swollen: Buffer[] = [];

const moods: Record<string, (path: string) => void> = {
  crash: () => process.kill(process.pid, 'SIGKILL'),
  'crash-once': (path) => {
    if (existsSync(path)) {
      reply({ kind: 'verdict', verdict: { ok: true, entries: 1, contentBytes: 1 } });
    } else {
      writeFileSync(path, '');
      process.kill(process.pid, 'SIGKILL');
    }
  },
  hang: () => {},
  spin: () => {
    for (;;);
  },
  swell: () => {
    for (let count = 0; count < 300; count++) swollen.push(Buffer.alloc(1024 * 1024, 1));
  },
  pid: () => reply({ kind: 'failed', message: String(process.pid) }),
};

process.once('disconnect', () => process.exit(0));
process.on('message', async ({ path }: CheckRequest) => {
  const mood = moods[basename(path)];
  if (mood !== undefined) mood(path);
  else reply({ kind: 'verdict', verdict: await checkZip(path, ZIP_LIMITS) });
});
reply({ kind: 'ready' });
