import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { until, zipOf } from '@inference/testing';
import type { Installation } from './installation.ts';

export type SlowPost = {
  /** Sends what is missing, and answers what the server said. */
  finish(): Promise<{ status: number; body: string }>;
  /** Resolves when the connection was cut before an answer came. */
  cut(): Promise<void>;
};

/** A task that is posted, and of which the private API has received the first half: it waits for the rest. */
export async function slowPost({ adminKey, folder }: Installation, url: string): Promise<SlowPost> {
  const zip = await zipOf({ 'a.txt': 'one two\n' });
  const head = '--b\r\ncontent-disposition: form-data; name="zip_file"; filename="in.zip"\r\ncontent-type: application/zip\r\n\r\n';
  const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'multipart/form-data; boundary=b' };
  const post = request(`${url}/api/tasks/?model_human_readable_id=word-count`, { method: 'POST', headers });
  const answered = once(post, 'response') as Promise<[IncomingMessage]>;
  const closed = answered.then(
    () => Promise.reject(new Error('an answer came')),
    () => {},
  );
  closed.catch(() => {});
  post.write(head);
  post.write(zip.subarray(0, 20));
  await until('the upload to arrive', async () => (await readdir(join(folder, 'files', 'tmp'))).length > 0);
  return {
    finish: async () => {
      post.write(zip.subarray(20));
      post.end('\r\n--b--\r\n');
      const [answer] = await answered;
      return { status: answer.statusCode ?? 0, body: await text(answer) };
    },
    cut: () => closed,
  };
}
