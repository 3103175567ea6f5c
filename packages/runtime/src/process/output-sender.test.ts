import { PassThrough } from 'node:stream';
import { until } from '@inference/testing';
import { expect, it } from 'vitest';
import { OutputSender } from './output-sender.ts';

it('sends the next piece of a stream only when the last one was taken', async () => {
  const sent: string[] = [];
  let closings = 0;
  const sender = new OutputSender(
    (stream, bytes) => sent.push(`${stream} ${Buffer.from(bytes).toString()}`),
    () => {
      closings += 1;
    },
  );
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  sender.followBoth(stdout, stderr);
  stdout.write('one');
  await until('the first piece', async () => sent.length === 1);
  stdout.write('two');
  stderr.write('other');
  await until('the other stream', async () => sent.includes('stderr other'));
  expect(sent).not.toContain('stdout two');
  sender.taken('stdout');
  await until('the second piece', async () => sent.includes('stdout two'));
  stdout.end();
  stderr.end();
  sender.taken('stdout');
  sender.taken('stderr');
  await until('both to end', async () => closings === 1);
  expect(sender.lastStderrLines()).toEqual(['other']);
});
