import { execFile, spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PRODUCT } from '../places.ts';

const run = promisify(execFile);

/** The version before this one: until there are releases, the last commit before what faults demand was built, and five migrations. */
const BEFORE = 'f50e6e864ec57c1d75ef13d2c9d15d9da87c8bbd';
/** Our own packages, which are the ones of each version. */
const OWN = '@inference';
const INSTALL_MS = 10 * 60_000;
const LISTING_BYTES_MAX = 16 * 1024 * 1024;

/** What keeps the version before from being played with, if anything. */
export function lacksProductBefore(): string | null {
  const found = spawnSync('git', ['cat-file', '-e', `${BEFORE}^{commit}`], { cwd: PRODUCT, stdio: 'ignore' }).status === 0;
  return found ? null : `the commit ${BEFORE.slice(0, 7)}, which is the version before, is not in this clone: fetch its history`;
}

/** Puts the version before into a folder, ready to be started; answers which migrations of this version it does not know. */
export async function productBefore(folder: string): Promise<{ migrationsUnknown: readonly string[] }> {
  await mkdir(folder);
  await run('sh', ['-c', 'git -C "$1" archive "$2" | tar -x -C "$3"', 'sh', PRODUCT, BEFORE, folder]);
  if ((await thirdParty(folder)) === (await thirdParty(PRODUCT))) await linkModules(folder);
  else await run('npm', ['ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, timeout: INSTALL_MS });
  await generateClient(folder);
  const [before, now] = await Promise.all([folder, PRODUCT].map((root) => readdir(join(root, 'prisma', 'migrations'))));
  return { migrationsUnknown: (now ?? []).filter((name) => !before?.includes(name)) };
}

/** Which packages of others a version uses. */
async function thirdParty(root: string): Promise<string> {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, { link?: true }> };
  return JSON.stringify(Object.entries(packages).filter(([path, { link }]) => path.startsWith('node_modules/') && !link));
}

async function linkModules(folder: string): Promise<void> {
  const [from, to] = [PRODUCT, folder].map((root) => join(root, 'node_modules')) as [string, string];
  await mkdir(join(to, OWN), { recursive: true });
  for (const name of await readdir(from)) if (name !== OWN && !name.startsWith('.')) await symlink(join(from, name), join(to, name));
  for (const name of await readdir(join(from, OWN))) await symlink(await readlink(join(from, OWN, name)), join(to, OWN, name));
}

/** As scripts/run.mjs does. */
async function generateClient(folder: string): Promise<void> {
  const program = join('node_modules', 'prisma', 'build', 'index.js');
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' };
  await run(process.execPath, [program, 'generate'], { cwd: folder, env, maxBuffer: LISTING_BYTES_MAX });
}
