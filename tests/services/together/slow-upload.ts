import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { zipOf } from '@inference/testing';
import { MODEL } from './platform.ts';
import type { ServiceProcess } from './service-process.ts';
import { numberedInput } from './tasks.ts';

const BOUNDARY = 'part-of-the-test';

/** A POST of a task whose body is half sent. */
export type SlowUpload = {
  /** Sends the other half; answers status and body. */
  finish(): Promise<{ status: number; text: string }>;
};

/** Begins to post a numbered task. */
export async function slowUpload(relay: ServiceProcess, number: number): Promise<SlowUpload> {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="zip_file"; filename="a.zip"\r\nContent-Type: application/zip\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), await zipOf(numberedInput(number)), Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
  const half = body.length >> 1;
  const posting = request(`${relay.url}/api/tasks/?model_human_readable_id=${MODEL}`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'content-length': body.length },
  });
  const answered = once(posting, 'response') as Promise<[IncomingMessage]>;
  answered.catch(() => {});
  await new Promise<void>((resolve) => posting.write(body.subarray(0, half), () => resolve()));
  return {
    finish: async () => {
      posting.end(body.subarray(half));
      const [answer] = await answered;
      return { status: answer.statusCode ?? 0, text: await text(answer) };
    },
  };
}
