import { type IncomingMessage, request } from 'node:http';
import { onTestFinished } from 'vitest';

/** One event of a feed. */
export type Heard = { readonly id: string; readonly event: string; readonly data: Record<string, unknown> };

type Options = {
  readonly headers?: Record<string, string>;
  readonly after?: string;
  /** Called with each event as it comes. */
  readonly onHeard?: (heard: Heard) => void;
};

/** Follows a task as a browser would, for the running test. */
export async function follow(url: string, uid: string, options: Options = {}) {
  const headers = { ...options.headers, ...(options.after === undefined ? {} : { 'last-event-id': options.after }) };
  const asked = request(`${url}/api/v1/tasks/${uid}/events`, { headers, agent: false });
  onTestFinished(() => void asked.destroy());
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve).once('error', reject).end();
  });
  const heard: Heard[] = [];
  let text = '';
  let raw = '';
  let isOver = false;
  answer.setEncoding('utf8').on('data', (piece: string) => {
    raw += piece;
    const events = (text + piece).split('\n\n');
    text = events.pop() ?? '';
    for (const each of events) {
      const fields = Object.fromEntries(
        each.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      if (fields['event'] === undefined) continue;
      const one = { id: String(fields['id']), event: fields['event'], data: JSON.parse(String(fields['data'])) };
      heard.push(one);
      options.onHeard?.(one);
    }
  });
  for (const end of ['end', 'close', 'error']) answer.once(end, () => (isOver = true));
  const named = (event: string) => heard.filter((each) => each.event === event).map(({ data }) => data);
  return {
    status: answer.statusCode,
    headers: answer.headers,
    heard,
    named,
    /** The log as its reader puts it together. */
    log: () =>
      named('log')
        .map(({ text }) => text)
        .join(''),
    raw: () => raw,
    isOver: () => isOver,
    pause: () => answer.pause(),
    resume: () => answer.resume(),
    leave: () => asked.destroy(),
  };
}
