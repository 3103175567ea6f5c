import { type IncomingMessage, request } from 'node:http';
import type { Bench } from './bench.ts';
import type { Platform } from './start-platform.ts';

const NANOSECONDS_PER_MS = 1e6;
const WHOLE_LINE = /^\d{19}$/gm;

/** When a line was printed, and how much later it came, both in milliseconds. */
export type TalkLine = { readonly printedMs: number; readonly afterMs: number };

/** One client that follows a task, and the lines that it has got so far. */
export type TalkClient = Disposable & {
  readonly lines: readonly TalkLine[];
  /** Resolves when the server has ended the stream, rejects when it broke. */
  readonly over: Promise<void>;
};

/** Follows a task of the talking model through the relay, over a connection of its own. Resolves once the stream was answered. */
export async function followTalk({ signal }: Bench, { relayUrl, adminKey }: Platform, uid: string): Promise<TalkClient> {
  const headers = { authorization: `Bearer ${adminKey}` };
  const asked = request(`${relayUrl}/api/v1/tasks/${uid}/events`, { headers, agent: false, signal });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve).on('error', reject).end();
  });
  if (answer.statusCode !== 200) throw new Error(`the events of a task were answered by ${answer.statusCode}`);
  const lines: TalkLine[] = [];
  const over = Promise.withResolvers<void>();
  over.promise.catch(() => {});
  let rest = '';
  answer.setEncoding('utf8').on('data', (piece: string) => {
    const nowMs = Date.now();
    const events = (rest + piece).split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) {
      for (const [printed] of loggedText(event).matchAll(WHOLE_LINE)) {
        const printedMs = Number(printed) / NANOSECONDS_PER_MS;
        lines.push({ printedMs, afterMs: nowMs - printedMs });
      }
    }
  });
  answer.once('end', over.resolve).once('error', over.reject);
  return { lines, over: over.promise, [Symbol.dispose]: () => void asked.destroy() };
}

/** What of the model's output is in an event. */
function loggedText(event: string): string {
  const lines = event.split('\n');
  if (!lines.includes('event: log')) return '';
  const data = lines.find((line) => line.startsWith('data: ')) ?? 'data: {}';
  return (JSON.parse(data.slice('data: '.length)) as { text?: string }).text ?? '';
}
