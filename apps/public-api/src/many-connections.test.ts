import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RelayLimits } from './relay-limits.ts';
import { RELAY_LIMITS } from './relay-limits.ts';
import { startRelayProcess } from './relay-process-for-tests.ts';
import { ask, listen } from './start-for-tests.ts';

const MIB = 1024 * 1024;
const IDLE = 10_000;
/** What this process needs beside them. */
const OTHER_FILES = 1_000;
const AT_ONCE = 500;
const ASKED = 200;
const TEST_MS_MAX = 180_000;

/** 10,000, or as many as this machine lets one process have. */
function countToOpen(): number {
  const most = Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1024);
  return Math.min(IDLE, most - OTHER_FILES);
}

const COUNT = countToOpen();

async function setup(limits: Partial<RelayLimits> = {}) {
  const upstream = createServer((_req, res) => void res.setHeader('content-type', 'application/json').end('[]'));
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    upstream.closeAllConnections();
    upstream.close();
  });
  const relay = await startRelayProcess(await listen(upstream), limits);
  /** Opens connections that say only this. They may be closed by the relay, and are not opened again. */
  const open = async (count: number, words: string) => {
    for (let left = count; left > 0; left -= AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, () => opened(relay.port, words, sockets)));
    }
  };
  /** Whether others are served, one after the other. */
  const answers = async () => {
    const statuses = new Set<number>();
    for (let at = 0; at < ASKED; at++) statuses.add((await ask(relay.port, '/api/models/')).status);
    return [...statuses];
  };
  return { relay, open, answers };
}

async function opened(port: number, words: string, sockets: Socket[]): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve).on('error', () => resolve());
    socket.resume().write(words);
  });
}

describe(`relay, ${COUNT} connections that do nothing${COUNT < IDLE ? ` (no more can be opened here; ${IDLE} are meant)` : ''}`, () => {
  it.each([
    ['say nothing', ''],
    ['begin with headers and stop', `GET /api/models/ HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(1_000)}`],
  ])(
    'that %s: it keeps as many as it may, and serves others at once',
    async (_what, words) => {
      const { relay, open, answers } = await setup();
      await using _ = relay;
      await answers();
      const before = await relay.state();
      await open(COUNT, words);
      expect(await answers()).toEqual([200]);
      const after = await relay.state();
      expect(after.connections).toBeLessThanOrEqual(RELAY_LIMITS.connectionsMax);
      expect(after.highestBytes - before.highestBytes).toBeLessThan(128 * MIB);
    },
    TEST_MS_MAX,
  );

  it(
    'that it may all keep: they cost it little, and others are served',
    async () => {
      const { relay, open, answers } = await setup({
        connectionsMax: COUNT + 100,
        headersTimeoutMs: TEST_MS_MAX,
        idleTimeoutMs: TEST_MS_MAX,
      });
      await using _ = relay;
      await answers();
      const before = await relay.state();
      await open(COUNT, '');
      expect(await answers()).toEqual([200]);
      const after = await relay.state();
      expect(after.connections).toBeGreaterThanOrEqual(COUNT);
      expect(after.highestBytes - before.highestBytes).toBeLessThan(400 * MIB);
    },
    TEST_MS_MAX,
  );
});
