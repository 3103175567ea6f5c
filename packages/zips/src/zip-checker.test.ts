import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError, ZIP_LIMITS } from '@inference/domain';
import { testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildZip, zip64Field } from './testing/build-zip.ts';
import { createZipChecker, type ZipChecker, type ZipCheckerOptions } from './zip-checker.ts';

const MOODY = fileURLToPath(new URL('./testing/moody-check-main.ts', import.meta.url));
const HOLDER = fileURLToPath(new URL('./testing/hold-checker.ts', import.meta.url));

function newChecker(options: Partial<ZipCheckerOptions> = {}): ZipChecker {
  const checker = createZipChecker({ processes: 1, limits: ZIP_LIMITS, ...options });
  onTestFinished(() => checker.close());
  return checker;
}

async function goodZip(content: Buffer | string = 'voxels', method = 0): Promise<string> {
  const path = join(await testFolder(), 'good.zip');
  await writeFile(path, buildZip([{ name: 'scan.nii', content, method }]));
  return path;
}

async function pidOf(checker: ZipChecker): Promise<number> {
  const error = await checker.check('pid').catch((caught: Error) => caught);
  return Number((error as Error).message.replace(/\D/g, ''));
}

describe('A zip checker', () => {
  it('accepts a good zip and says what is in it', async () => {
    expect(await newChecker().check(await goodZip())).toEqual({ ok: true, entries: 1, contentBytes: 6 });
  });

  it('refuses a bad zip as a value, naming the limit that a caller lowered', async () => {
    const verdict = await newChecker().check(await goodZip(), { contentBytesMax: 5 });
    expect(verdict).toEqual({ ok: false, code: 'zip_content_too_large', message: expect.stringContaining('5 bytes that are allowed') });
  });

  it('rejects when the file cannot be read, without calling the zip bad', async () => {
    await expect(newChecker().check('/nowhere/at-all.zip')).rejects.toThrow(/could not be read/);
  });

  it('checks more zips at once than it has processes, and answers each', async () => {
    const checker = newChecker({ processes: 2 });
    const paths = await Promise.all(Array.from({ length: 20 }, (_, index) => goodZip('x'.repeat(index))));
    const verdicts = await Promise.all(paths.map((path) => checker.check(path)));
    expect(verdicts.map((verdict) => verdict.ok && verdict.contentBytes)).toEqual(paths.map((_, index) => index));
  });

  it('tells callers to come back when too many wait, and ends those under way when it is closed', async () => {
    const checker = newChecker({ program: MOODY, waitingMax: 2 });
    const held = [checker.check('hang'), checker.check('hang'), checker.check('hang')].map((check) => check.catch((error) => error));
    await expect(checker.check('hang')).rejects.toMatchObject({ code: 'unavailable' });
    await checker.close();
    for (const error of await Promise.all(held)) expect(error).toBeInstanceOf(AppError);
    await expect(checker.check('pid')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('refuses a zip that brings its process down twice, while other checks go on', async () => {
    const checker = newChecker({ processes: 2, program: MOODY });
    const good = await goodZip();
    const [crashed, ...others] = await Promise.all([checker.check('crash'), checker.check(good), checker.check(good), checker.check(good)]);
    expect(crashed).toMatchObject({ ok: false, code: 'zip_too_costly', message: expect.stringContaining('twice') });
    expect(others.every((verdict) => verdict.ok)).toBe(true);
    expect(await checker.check(good)).toMatchObject({ ok: true });
  });

  it('tries a zip once more in a fresh process when the first one died', async () => {
    const marker = join(await testFolder(), 'crash-once');
    expect(await newChecker({ program: MOODY }).check(marker)).toMatchObject({ ok: true });
  });

  it('ends a check that takes too much processor time, and works on', async () => {
    const checker = newChecker({ program: MOODY });
    const verdict = await checker.check('spin', { cpuBaseMs: 200 });
    expect(verdict).toEqual({ ok: false, code: 'zip_too_costly', message: expect.stringContaining('processor time') });
    expect(await checker.check(await goodZip())).toMatchObject({ ok: true });
  });

  it('gives a check more processor time for more content', async () => {
    // How long it takes by the clock is the machine's.
    const checker = newChecker({ wallPerCpu: 1_000 });
    // Starting takes processor time too.
    await checker.check(await goodZip());
    // 400 MB of zeros take well over 50 ms to inflate.
    const path = await goodZip(Buffer.alloc(400_000_000), 8);
    expect(await checker.check(path, { cpuBaseMs: 50, cpuBytesPerSecond: 1e12 })).toMatchObject({ ok: false, code: 'zip_too_costly' });
    await checker.check(await goodZip());
    expect(await checker.check(path, { cpuBaseMs: 50, cpuBytesPerSecond: 10_000_000 })).toMatchObject({ ok: true });
  });

  it('ends a check that takes more than 256 MiB of memory', async () => {
    const verdict = await newChecker({ program: MOODY }).check('swell');
    expect(verdict).toEqual({ ok: false, code: 'zip_too_costly', message: expect.stringContaining('256 MiB of memory') });
  });

  it('says that it is unavailable when a check does not get on, and replaces the process', async () => {
    const checker = newChecker({ program: MOODY, wallPerCpu: 0.05 });
    // On a busy machine a process may not even come up in the little time that a check has here.
    const before = await until('a first process', async () => (await pidOf(checker)) || null);
    await expect(checker.check('hang')).rejects.toMatchObject({ code: 'unavailable' });
    expect(await until('a second process', async () => (await pidOf(checker)) || null)).not.toBe(before);
    expect(existsSync(`/proc/${before}`)).toBe(false);
  });

  it('says that it is unavailable when its processes cannot start', async () => {
    await expect(newChecker({ program: '/nowhere/main.ts' }).check('good')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('replaces a process that has done its share of checks', async () => {
    const checker = newChecker({ program: MOODY, checksPerProcess: 2 });
    const pids = [await pidOf(checker), await pidOf(checker), await pidOf(checker)];
    expect(pids[0]).toBe(pids[1]);
    expect(pids[2]).not.toBe(pids[1]);
    await until('the old process to be gone', () => !existsSync(`/proc/${pids[0]}`));
  });

  it('hands its processes nothing of its environment', async () => {
    const pid = await pidOf(newChecker({ program: MOODY }));
    const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((setting) => setting.split('=')[0]);
    // Only what makes the channel between the two, and where Node keeps what it has compiled.
    const known = /^(NODE_CHANNEL_.*|NODE_COMPILE_CACHE|)$/;
    expect(names.filter((setting) => !known.test(setting ?? ''))).toEqual([]);
  });

  it('leaves no process behind when its owner is killed by kill -9, not even one in the middle of a long check', async () => {
    const path = await slowZip();
    const owner = spawn(process.execPath, [HOLDER, path], { stdio: ['ignore', 'ignore', 'inherit'] });
    const children = () => readFileSync(`/proc/${owner.pid}/task/${owner.pid}/children`, 'utf8').trim().split(' ');
    const isReading = (pid: string) => readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkOrNull(`/proc/${pid}/fd/${fd}`) === path);
    const pids = await until('one of two to be reading', () => (children().length === 2 && children().some(isReading) ? children() : null));
    owner.kill('SIGKILL');
    await until('the check processes to be gone', () => pids.every((pid) => !isRunning(pid)), 4000);
  });
});

/** A zip with 20 GB of content, all of it a hole in the file: its check takes many seconds, and ends in a wrong checksum. */
async function slowZip(): Promise<string> {
  const bytes = 20_000_000_000n;
  const sizes = { contentBytes: 0xffffffff, compressedBytes: 0xffffffff, extra: zip64Field(bytes, bytes) };
  const headerBytes = 30 + 1 + 20;
  const directoryAt = BigInt(headerBytes) + bytes;
  const zip64 = { directoryAt, recordAt: directoryAt + 46n + 1n + 20n };
  const zip = buildZip([{ name: 'a', local: sizes, central: sizes }], { directoryAt: 0xffffffff, zip64 });
  const path = join(await testFolder(), 'slow.zip');
  const file = await open(path, 'w');
  await file.write(zip, 0, headerBytes, 0);
  await file.write(zip, headerBytes, zip.length - headerBytes, Number(directoryAt));
  await file.close();
  return path;
}

function readlinkOrNull(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/** A zombie that waits for its parent's look no longer runs. */
function isRunning(pid: string): boolean {
  if (!existsSync(`/proc/${pid}`)) return false;
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
