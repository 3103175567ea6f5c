import type { CheckReply, CheckRequest } from './check-message.ts';
import { checkZip } from './check-zip.ts';

// The program of a check process: one request at a time, until the parent goes away.
// The channel closes when the parent dies, however it dies: nothing is left behind.
process.once('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches the whole group; the parent decides when its children end.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

process.on('message', (request: CheckRequest) => {
  checkZip(request.path, request.limits, (contentBytes) => reply({ kind: 'directory', contentBytes })).then(
    (verdict) => reply({ kind: 'verdict', verdict }),
    (error: Error) => reply({ kind: 'failed', message: error.message }),
  );
});

reply({ kind: 'ready' });

function reply(message: CheckReply): void {
  process.send?.(message);
}
