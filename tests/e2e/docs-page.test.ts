// The page /docs of a whole server, as a user meets it in a browser: a model is registered on it, a task sent, and its end looked at.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, openPage, type Page, testFolder, zipOf } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importScriptImage } from './script-image.ts';
import { sharedServer } from './test-server.ts';

const run = promisify(execFile);
const IMAGE = `inference-docs-page-${process.pid}:1`;
const TIMEOUT_MS = 120_000;

/** Opens the form of an operation, and answers the selector of its block. */
async function openForm(page: Page, operation: string): Promise<string> {
  const block = `#operations-${operation}`;
  await page.waitFor(`document.querySelector('${block} .opblock-summary-control')`);
  await page.evaluate(`document.querySelector('${block} .opblock-summary-control').click()`);
  await page.waitFor(`document.querySelector('${block} .execute')`);
  return block;
}

/** Sends a filled-in form, and answers the status and the body that the page then shows. */
async function execute(page: Page, block: string): Promise<{ status: number; body: string }> {
  await page.evaluate(`document.querySelector('${block} .execute').click()`);
  const shown = `document.querySelector('${block} .live-responses-table .response')`;
  await page.waitFor(`${shown}?.querySelector('.response-col_status')?.textContent.match(/\\d{3}/)`);
  const status = await page.evaluate(`parseInt(${shown}.querySelector('.response-col_status').textContent)`);
  return { status: Number(status), body: String(await page.evaluate(`${shown}.querySelector('.highlight-code code')?.textContent`)) };
}

describe.skipIf(!has('chromium', 'docker', 'busybox'))('the page of /api/v1', () => {
  const shared = sharedServer({ PROCESS_SLOTS: '1', DOCKER_SLOTS: '1' });
  beforeAll(() => importScriptImage(IMAGE));
  afterAll(() => run('docker', ['image', 'rm', '-f', IMAGE]));

  it('registers a model, sends a task to it, and shows how it ended', { timeout: TIMEOUT_MS }, async () => {
    const zip = join(await testFolder(), 'input.zip');
    await writeFile(zip, await zipOf({ 'run.sh': 'echo written > /output/out.txt; echo printed' }));
    await using page = await openPage(`${shared().url}/docs`);

    const model = await openForm(page, 'models-registerModel');
    await page.type(`${model} .body-param textarea`, JSON.stringify({ id: 'from-the-page', image: IMAGE, gpu: false }));
    expect(await execute(page, model)).toMatchObject({ status: 201, body: expect.stringContaining('"from-the-page"') });

    const submit = await openForm(page, 'tasks-submitTask');
    await page.type(`${submit} tr[data-param-name="model"] input`, 'from-the-page');
    await page.type(`${submit} tr[data-param-name="Prefer"] input`, 'wait=50');
    await page.chooseFile(`${submit} input[type=file]`, zip);
    const sent = await execute(page, submit);
    const task = JSON.parse(sent.body) as { id: string; state: string };
    expect([sent.status, task.state], sent.body).toEqual([200, 'succeeded']);

    const files = await openForm(page, 'tasks-listTaskFiles');
    await page.type(`${files} tr[data-param-name="task"] input`, task.id);
    expect(await execute(page, files)).toMatchObject({ status: 200, body: expect.stringContaining('"out.txt"') });

    expect(page.complaints).toEqual([]);
  });
});
