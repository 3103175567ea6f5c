import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { V1_ROUTES } from '@inference/contracts';
import { DOCS_ASSETS } from '@inference/service';
import { has, openPage } from '@inference/testing';
import { describe, expect, it } from 'vitest';

import { ask, startForTests, TEST_UID, until } from './start-for-tests.ts';

/** Chooses the second document in the bar, as a user does. */
const CHOOSE_LEGACY = `(() => {
  const select = document.querySelector('.topbar select');
  Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(select, '/openapi.json');
  select.dispatchEvent(new Event('change', { bubbles: true }));
})()`;
const OPERATIONS = "[...document.querySelectorAll('.opblock')].map((block) => block.id)";

describe.skipIf(!has('chromium'))('docs page', () => {
  it('shows every operation of both documents, asks no other host, and breaks no rule of its policy', async () => {
    await using relay = await startForTests(() => {});
    const own = `http://127.0.0.1:${relay.port}`;
    await using page = await openPage(`${own}/docs`);
    await page.waitFor(`document.querySelectorAll('.opblock').length === ${V1_ROUTES.length}`);
    const shown = (await page.evaluate(OPERATIONS)) as string[];
    expect(shown.sort()).toEqual(V1_ROUTES.map(({ tag, id }) => `operations-${tag}-${id}`).sort());
    await page.evaluate(CHOOSE_LEGACY);
    await page.waitFor("document.querySelectorAll('.opblock').length === 5");
    expect(await page.evaluate(OPERATIONS)).toEqual([
      'operations-tasks-submitTask',
      'operations-tasks-getTaskOutput',
      'operations-tasks-deleteTask',
      'operations-models-listModels',
      'operations-models-registerModel',
    ]);
    expect(page.requests).toEqual(expect.arrayContaining([`${own}/openapi/v1.json`, `${own}/openapi.json`]));
    expect(page.requests.filter((url) => !url.startsWith(`${own}/`) && !url.startsWith('data:'))).toEqual([]);
    expect(page.complaints).toEqual([]);
  });

  it('shows no other document, whatever its address asks for', async () => {
    let asked = 0;
    await using evil = await startForTests(() => void asked++);
    await using relay = await startForTests(() => {});
    const other = encodeURIComponent(`http://127.0.0.1:${evil.port}/openapi.json`);
    await using page = await openPage(
      `http://127.0.0.1:${relay.port}/docs/?url=${other}&configUrl=${other}&urls.primaryName=x&spec=${other}`,
    );
    await page.waitFor(`document.querySelectorAll('.opblock').length === ${V1_ROUTES.length}`);
    expect(page.requests.filter((url) => url.startsWith(`http://127.0.0.1:${evil.port}`))).toEqual([]);
    expect(asked).toBe(0);
    expect(await page.evaluate("document.querySelectorAll('.topbar input').length")).toBe(0);
  });

  it('lets a user post a model with a zip, and a task', async () => {
    const posted: { url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
    await using relay = await startForTests(async (req, res) => {
      posted.push({ url: req.url, headers: req.headers, body: await text(req) });
      res.setHeader('content-type', 'application/json').end(JSON.stringify(TEST_UID));
    });
    const folder = await mkdtemp(join(tmpdir(), 'docs-'));
    try {
      const zip = join(folder, 'input.zip');
      await writeFile(zip, 'PK-content-of-the-zip');
      await using page = await openPage(`http://127.0.0.1:${relay.port}/docs`);
      await page.waitFor("document.querySelector('.topbar select')");
      await page.evaluate(CHOOSE_LEGACY);
      await page.waitFor("document.querySelectorAll('.opblock').length === 5");
      const model = await openOperation(page, '#operations-models-registerModel');
      await page.type(`${model} tr[data-param-name="human_readable_id"] input`, 'my-model');
      await page.type(`${model} tr[data-param-name="container_tag"] input`, 'group/image:1');
      await page.chooseFile(`${model} input[type=file]`, zip);
      await page.evaluate(`document.querySelector('${model} .execute').click()`);
      const task = await openOperation(page, '#operations-tasks-submitTask');
      await page.type(`${task} tr[data-param-name="model_human_readable_id"] input`, 'my-model');
      await page.chooseFile(`${task} input[type=file]`, zip);
      await until(() => posted.length === 1);
      await page.evaluate(`document.querySelector('${task} .execute').click()`);
      await page.waitFor(`document.querySelector('${task} .live-responses-table')?.textContent.includes('${TEST_UID}')`);
      expect(posted.map(({ url }) => url?.split('?')[0])).toEqual(['/api/models/', '/api/tasks/']);
      expect(posted[0]?.url).toMatch(/human_readable_id=my-model&container_tag=group%2Fimage%3A1/);
      expect(posted[1]?.url).toMatch(/model_human_readable_id=my-model/);
      for (const { headers, body } of posted) {
        expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
        expect(body).toMatch(/name="zip_file"; filename="input.zip"[\s\S]*PK-content-of-the-zip/);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('serves its files and nothing else of their folder', async () => {
    await using relay = await startForTests(() => {});
    for (const asset of DOCS_ASSETS) expect((await ask(relay.port, `/docs/${asset}`)).status).toBe(200);
    for (const other of [
      'package.json',
      'index.html',
      'swagger-ui.js',
      'oauth2-redirect.html',
      'swagger-ui-bundle.js.map',
      '..%2fpackage.json',
    ]) {
      expect((await ask(relay.port, `/docs/${other}`)).status).toBe(404);
    }
  });

  it('is served with and without the slash, never by a redirect', async () => {
    await using relay = await startForTests(() => {});
    const plain = await ask(relay.port, '/docs');
    const slash = await ask(relay.port, '/docs/');
    expect([plain.status, slash.status]).toEqual([200, 200]);
    expect(slash.body).toBe(plain.body);
    for (const path of ['/docs//', '/docs//evil.example', '//evil.example/docs', '/docs/%2e%2e']) {
      const { status, headers } = await ask(relay.port, path);
      expect([status, headers.location]).toEqual([404, undefined]);
    }
  });

  it('allows nothing from elsewhere in its policy', async () => {
    await using relay = await startForTests(() => {});
    const { headers } = await ask(relay.port, '/docs');
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(policy).not.toMatch(/https?:|unsafe|\*/);
    // On loopback the page never asks a validator, so a browser test cannot see this.
    expect((await ask(relay.port, '/docs/swagger-ui-init.js')).body).toContain('"validatorUrl": null');
  });
});

/** Opens one operation's form and returns its selector. */
async function openOperation(page: Awaited<ReturnType<typeof openPage>>, selector: string): Promise<string> {
  await page.waitFor(`document.querySelector('${selector} .opblock-summary-control')`);
  await page.evaluate(`document.querySelector('${selector} .opblock-summary-control').click()`);
  await page.waitFor(`document.querySelector('${selector} .execute')`);
  return selector;
}
