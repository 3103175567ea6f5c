import { expect, it } from 'vitest';
import { LogDemux } from './log-demux.ts';

function frame(stream: 1 | 2, content: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(content), 4);
  return Buffer.concat([header, Buffer.from(content)]);
}

it.each([1, 2, 3, 7, 8, 9, 1000])('splits the stream rightly when it comes in pieces of %i bytes', (pieceBytes) => {
  const said = { stdout: '', stderr: '' };
  const demux = new LogDemux((stream, bytes) => {
    said[stream] += Buffer.from(bytes).toString();
  });
  const all = Buffer.concat([frame(1, 'one '), frame(2, 'error'), frame(1, ''), frame(1, 'x'.repeat(300)), frame(2, ' more')]);
  for (let at = 0; at < all.length; at += pieceBytes) demux.write(all.subarray(at, at + pieceBytes));
  expect(said).toEqual({ stdout: `one ${'x'.repeat(300)}`, stderr: 'error more' });
});
