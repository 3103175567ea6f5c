import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { AppError, ZIP_ERRORS, ZIP_LIMITS } from '@inference/domain';
import { has, testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { extractZip } from './extract-zip.ts';
import { goodZips } from './testing/good-zips.ts';
import { mutateZip } from './testing/mutate-zip.ts';
import { Random } from './testing/random.ts';
import { createZipChecker, type ZipChecker } from './zip-checker.ts';

// biome-ignore lint/style/noProcessEnv: the long run is for CI; a seed that failed there can be handed in.
const { CI, ZIP_FUZZ_SEED, ZIP_FUZZ_CASES } = process.env;
const CASES = Number(ZIP_FUZZ_CASES ?? (CI === 'true' ? 20_000 : 2_000));
const SEED = Number(ZIP_FUZZ_SEED ?? 20_261_121);
const LANES = 4;
/** No mutant may hold anything up for longer. */
const CASE_MS_MAX = 30_000;
/** A run that goes wrong ends after so many cases that did. */
const FAILURES_MAX = 20;
const GROWTH_BYTES_MAX = 64 * 1024 * 1024;
const UNZIP = { env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' }, timeout: 20_000 };

type Content = Record<string, string>;

/** One Python that reads zips all along; its answers come in the order of the questions. */
function startPython(): { read(path: string): Promise<{ entries?: Content; error?: string }>; stop(): void } {
  const python = spawn('python3', [join(import.meta.dirname, 'testing', 'read-zips.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: Array<(line: string) => void> = [];
  createInterface(python.stdout).on('line', (line) => waiting.shift()?.(line));
  return {
    read: async (path) => {
      const answer = new Promise<string>((resolve) => waiting.push(resolve));
      python.stdin.write(`${path}\n`);
      return JSON.parse(await answer);
    },
    stop: () => python.stdin.end(),
  };
}

/** What was extracted: folders end in a slash, like in a zip. */
async function extracted(folder: string, emptyFolderHash: string): Promise<Content> {
  const content: Content = {};
  for (const found of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(found.parentPath, found.name);
    const name = path.slice(folder.length + 1);
    if (found.isDirectory()) content[`${name}/`] = emptyFolderHash;
    else
      content[name] = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
  }
  return content;
}

/** Resident memory of this process and of the check processes below it, in bytes. */
function memory(): number {
  const tasks = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '),
  );
  const checkers = tasks.filter((pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('check-main'));
  const resident = (pid: string) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  return ['self', ...checkers].reduce((sum, pid) => sum + resident(pid), 0);
}

class Fuzz {
  accepted = 0;
  readonly failures: string[] = [];
  readonly codes = new Map<string, number>();
  readonly #base: string;
  readonly #zips: readonly Buffer[];
  readonly #checker: ZipChecker;
  readonly #python = startPython();

  constructor(base: string, zips: readonly Buffer[], checker: ZipChecker) {
    this.#base = base;
    this.#zips = zips;
    this.#checker = checker;
  }

  stop(): void {
    this.#python.stop();
  }

  /** One mutant: refused with a code, by check and extraction alike, or read by others as by us. */
  async run(index: number): Promise<void> {
    const { zip, how } = mutateZip(this.#zips, new Random(SEED + index * 7919));
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`no verdict after ${CASE_MS_MAX} ms`)), CASE_MS_MAX);
    await Promise.race([this.#judge(index, zip), late]).catch((error: Error) => {
      this.failures.push(`ZIP_FUZZ_SEED=${SEED}, case ${index}: ${how}: ${error.message}`);
    });
    clearTimeout(timer);
  }

  async #judge(index: number, zip: Buffer): Promise<void> {
    const room = join(this.#base, `${index}`);
    await mkdir(room);
    const path = join(room, 'mutant.zip');
    const target = join(room, 'target');
    await writeFile(path, zip);
    const verdict = await this.#checker.check(path);
    const error = await extractZip(path, target).then(
      () => null,
      (caught: unknown) => caught,
    );
    if (verdict.ok) {
      expect(error).toBeNull();
      await this.#compare(path, target);
      this.accepted++;
    } else {
      expect(ZIP_ERRORS).toHaveProperty(verdict.code);
      expect(verdict.code).not.toBe('zip_too_costly');
      expect(error).toBeInstanceOf(AppError);
      expect((error as AppError).code).toBe(verdict.code);
      this.codes.set(verdict.code, (this.codes.get(verdict.code) ?? 0) + 1);
    }
    const left = (await readdir(room)).filter((name) => name !== 'target');
    expect(left).toEqual(['mutant.zip']);
    await rm(room, { recursive: true });
  }

  /** Accepted rightly: Info-ZIP finds nothing wrong, and Python reads the same names and bytes. */
  async #compare(path: string, target: string): Promise<void> {
    const [unzip, python] = await Promise.all([
      promisify(execFile)('unzip', ['-tqq', path], UNZIP).catch((error: Error) => error),
      this.#python.read(path),
    ]);
    if (unzip instanceof Error) expect.fail(`unzip says ${unzip.message}`);
    expect(python.error).toBeUndefined();
    const ours = await extracted(target, createHash('sha256').digest('hex'));
    // Folders that only appear inside names have no entry.
    const implied = Object.keys(ours).filter((name) => name.endsWith('/') && python.entries?.[name] === undefined);
    for (const name of implied) delete ours[name];
    expect(ours).toEqual(python.entries);
  }
}

describe.skipIf(!has('python3', 'unzip'))('A fuzz run over broken zips', () => {
  it(`refuses each of ${CASES} mutants of good zips with a code, or reads it as others do`, { timeout: 600_000 }, async () => {
    const folder = await testFolder();
    const base = join(folder, 'rooms');
    await mkdir(base);
    const zips = await goodZips(folder);
    expect(zips.length).toBeGreaterThanOrEqual(12);
    const checker = createZipChecker({ processes: 2, limits: ZIP_LIMITS });
    const fuzz = new Fuzz(base, zips, checker);
    try {
      let next = 0;
      let warm = 0;
      const lane = async () => {
        while (next < CASES && fuzz.failures.length < FAILURES_MAX) {
          const index = next++;
          await fuzz.run(index);
          if (index === Math.floor(CASES / 4)) warm = memory();
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      expect(fuzz.failures).toEqual([]);
      expect(memory() - warm, `ZIP_FUZZ_SEED=${SEED}: bytes of memory grown`).toBeLessThan(GROWTH_BYTES_MAX);
      expect(await readdir(base)).toEqual([]);
      // The run is worth something only while it reaches many rules, and while some mutants stay good.
      expect(fuzz.codes.size).toBeGreaterThan(14);
      expect(fuzz.accepted).toBeGreaterThan(CASES / 50);
    } finally {
      fuzz.stop();
      await checker.close();
    }
  });
});
