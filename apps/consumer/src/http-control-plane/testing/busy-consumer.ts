// A consumer whose main thread does nothing but work: it keeps a lease, says so, is busy until a file is there, and says what it heard.

import { existsSync } from 'node:fs';
import { systemClock } from '@inference/domain';
import { createLog } from '@inference/service';
import { createHttpControlPlane } from '../create-http-control-plane.ts';

/** It is busy for so long at most, in milliseconds. */
const BUSY_MS_MAX = 60_000;

const [url = '', path = '', everyMs = ''] = process.argv.slice(2);

process.once('message', ({ key, lease }: { key: string; lease: { taskUid: string; attempt: number; token: string } }) => {
  const control = createHttpControlPlane({ url, key, clock: systemClock, log: createLog({ level: 'silent' }) });
  let replies = 0;
  control.keepLease(lease, {
    everyMs: Number(everyMs),
    onReply: () => {
      replies += 1;
      if (replies === 1) process.send?.('busy', work);
    },
  });
  const work = () => {
    const end = performance.now() + BUSY_MS_MAX;
    while (!existsSync(path) && performance.now() < end) Math.sqrt(end);
    process.send?.({ repliesMeanwhile: replies - 1 });
    // Heard only now, all at once.
    setTimeout(() => process.send?.({ repliesAfterwards: replies }), 200);
  };
});
