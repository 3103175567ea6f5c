import { LOG_TAIL } from '@inference/domain';
import { expect, it } from 'vitest';
import { OutputRelay } from './output-relay.ts';
import { Recorder } from './testing/recorder.ts';

it('puts together a character that was cut between two pieces, also when the other stream comes between', () => {
  const said = new Recorder();
  const relay = new OutputRelay(said);
  const euro = Buffer.from('€');
  relay.write('stdout', euro.subarray(0, 1));
  relay.write('stderr', Buffer.from('between'));
  relay.write('stdout', euro.subarray(1));
  relay.write('stderr', euro.subarray(0, 2));
  relay.end();
  expect([said.stdout, said.stderr]).toEqual(['€', 'between\ufffd']);
});

it('keeps the last lines of stderr only, however much a model writes', () => {
  const relay = new OutputRelay(new Recorder());
  for (let line = 0; line < 2000; line += 1) relay.write('stderr', Buffer.from(`line ${line}\n`));
  relay.write('stdout', Buffer.from('not this\n'));
  expect(relay.lastStderrLines()).toHaveLength(LOG_TAIL.linesMax);
  expect(relay.lastStderrLines().at(-1)).toBe('line 1999');
});
