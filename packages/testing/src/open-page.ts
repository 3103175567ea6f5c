import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  '--remote-debugging-port=0',
];
const DEADLINE_MS = 15_000;

type Reply = { readonly result: { readonly value?: unknown; readonly objectId?: string } };

/** A page of a headless Chromium, driven through its DevTools protocol. */
export type Page = AsyncDisposable & {
  /** The address of every request that the page made. */
  readonly requests: readonly string[];
  /** What the console shows as an error or a violation of the content security policy. */
  readonly complaints: readonly string[];
  evaluate(expression: string): Promise<unknown>;
  /** Resolves once the expression is true. */
  waitFor(expression: string): Promise<void>;
  /** Puts the text in the place of what the field holds, as typing over it does. */
  type(selector: string, text: string): Promise<void>;
  chooseFile(selector: string, path: string): Promise<void>;
};

/** Starts a Chromium of its own and opens `url` in it; `await using` ends both. */
export async function openPage(url: string): Promise<Page> {
  const profile = await mkdtemp(join(tmpdir(), 'chromium-'));
  const browser = spawn('chromium', [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const exited = new Promise<void>((resolve) => browser.once('exit', () => resolve()).once('error', () => resolve()));
  const close = async () => {
    // The whole group: Chromium is started by a shell script and starts helpers itself.
    if (browser.pid !== undefined && browser.exitCode === null) process.kill(-browser.pid, 'SIGKILL');
    await exited;
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  };
  try {
    const page = await connectTo(await debuggerOf(browser.stderr));
    await page.send('Page.navigate', { url });
    return { ...drive(page), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function debuggerOf(stderr: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(stderr)) {
    const port = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    stderr.resume();
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as { type: string; webSocketDebuggerUrl: string }[];
    const page = targets.find(({ type }) => type === 'page');
    if (page !== undefined) return page.webSocketDebuggerUrl;
  }
  throw new Error('chromium did not start: is the package chromium installed?');
}

type Connection = {
  readonly requests: string[];
  readonly complaints: string[];
  send(method: string, params?: Record<string, unknown>): Promise<Reply>;
};

async function connectTo(address: string): Promise<Connection> {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  const requests: string[] = [];
  const complaints: string[] = [];
  const waiting = new Map<number, (reply: Reply) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, method, params, result } = JSON.parse(String(data));
    waiting.get(id)?.(result);
    waiting.delete(id);
    if (method === 'Network.requestWillBeSent') requests.push(params.request.url);
    if (method === 'Log.entryAdded' && params.entry.level === 'error') complaints.push(params.entry.text);
    if (method === 'Runtime.exceptionThrown') complaints.push(params.exceptionDetails.text);
  });
  let last = 0;
  const send = (method: string, params: Record<string, unknown> = {}) =>
    new Promise<Reply>((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  for (const domain of ['Page', 'Network', 'Log', 'Runtime', 'DOM']) await send(`${domain}.enable`);
  return { requests, complaints, send };
}

function drive({ requests, complaints, send }: Connection): Omit<Page, typeof Symbol.asyncDispose> {
  const evaluate = async (expression: string) => (await send('Runtime.evaluate', { expression, returnByValue: true })).result.value;
  const waitFor = async (expression: string) => {
    const deadline = performance.now() + DEADLINE_MS;
    while ((await evaluate(`Boolean(${expression})`)) !== true) {
      if (performance.now() > deadline) throw new Error(`the page never came to ${expression}; complaints: ${complaints.join(' | ')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const found = async (selector: string) => {
    const expression = `document.querySelector(${JSON.stringify(selector)})`;
    await waitFor(expression);
    return expression;
  };
  return {
    requests,
    complaints,
    evaluate,
    waitFor,
    async type(selector, text) {
      const field = await found(selector);
      await evaluate(`${field}.focus()`);
      await evaluate(`${field}.select()`);
      await send('Input.insertText', { text });
      // The page's fields take over what was typed when they lose the focus.
      await evaluate(`${field}.blur()`);
    },
    async chooseFile(selector, path) {
      const { result } = await send('Runtime.evaluate', { expression: await found(selector) });
      await send('DOM.setFileInputFiles', { files: [path], objectId: result.objectId });
    },
  };
}
