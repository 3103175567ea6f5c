import { request } from 'node:http';
import type { Client, Sending } from './client.ts';

/** Sends a part of an upload and then nothing; answers what became of it. */
export function halfUpload(
  client: Client,
  key: string,
  { name, query, zip }: Sending,
  part: number,
): Promise<'accepted' | 'broken' | number> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/zip', 'content-length': zip.length, authorization: `Bearer ${key}` };
    const upload = request(`${client.url}/api/v1/tasks/${name}?${query}`, { method: 'PUT', headers });
    upload.once('error', () => resolve('broken'));
    upload.once('response', ({ statusCode = 0 }) => resolve(statusCode < 300 ? 'accepted' : statusCode));
    upload.write(zip.subarray(0, Math.floor(zip.length * part)));
  });
}
