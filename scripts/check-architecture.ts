import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Source files longer than this need to be cut in two. */
const FILE_LINES_MAX = 300;
/** Fewer files than this, and the check looked in the wrong place. */
const FILES_MIN = 50;

/** A rule: which files it is about, what they must not hold, and why. */
type Rule = { readonly name: string; readonly files: RegExp; readonly except?: RegExp; readonly forbidden: RegExp };

const IMPORT = String.raw`(?:from|import)\s*\(?\s*'`;

const RULES: readonly Rule[] = [
  {
    name: 'the domain imports no package of ours and no driver',
    files: /^packages\/domain\/src\//,
    forbidden: new RegExp(`${IMPORT}(?!\\.|node:|vitest)`),
  },
  {
    name: 'the allocator is a function: it imports nothing, and reads no clock and no dice',
    files: /^packages\/allocator\/src\//,
    forbidden: new RegExp(`${IMPORT}(?!\\.)|Date\\.now|new Date|performance\\.|Math\\.random`),
  },
  {
    name: 'services know nothing of HTTP',
    files: /^apps\/private-api\/src\/services\//,
    forbidden: new RegExp(`${IMPORT}(?:express|multer|node:http)'`),
  },
  { name: 'only stores write SQL', files: /^apps\/private-api\/src\/(?!store\/)/, forbidden: /\$(?:queryRaw|executeRaw)/ },
  { name: 'stores open no transactions', files: /^apps\/private-api\/src\/store\//, forbidden: /\$transaction/ },
  {
    name: 'ports speak domain words',
    files: /^packages\/(?:queue|files|runtime)\/src\/(?:task-queue|file-store|model-runtime)\.ts$/,
    forbidden: new RegExp(`${IMPORT}(?!@inference/domain|node:stream)`),
  },
  {
    name: 'a package is entered by its index only',
    files: /./,
    forbidden: new RegExp(`${IMPORT}@inference/[a-z-]+/(?!global-setup|requirements|simulated|start-rabbitmq)`),
  },
  {
    name: 'nothing reaches into another workspace by path',
    files: /^(?:apps|packages)\//,
    forbidden: new RegExp(`${IMPORT}(?:\\.\\./)+(?:apps|packages)/`),
  },
  {
    name: 'the environment is read in config.ts only',
    files: /^(?:apps|packages)\/(?!testing\/).*\/src\//,
    except: /config\.ts$/,
    forbidden: /process\.env\b/,
  },
  { name: 'no folder for odds and ends', files: /(?:^|\/)(?:utils|helpers|common|misc|types|interfaces)(?:\/|\.ts$)/, forbidden: /^/ },
];

/** Looks through the sources for what the linter has no rule for. */
export function checkArchitecture(root: string): { files: number; problems: string[] } {
  const paths = globSync('{apps,packages,scripts,bench,tests,examples}/**/*.ts', {
    cwd: root,
    exclude: (name) => name.includes('node_modules') || name.includes('generated'),
  });
  const problems = paths.length < FILES_MIN ? [`only ${paths.length} files found: the check looks in the wrong place`] : [];
  for (const path of paths) {
    const text = readFileSync(join(root, path), 'utf8');
    const isTest = /\.(?:test|conformance)\.ts$|\/testing\//.test(path);
    const lines = text.split('\n').length - 1;
    if (!isTest && lines > FILE_LINES_MAX) problems.push(`${path}: ${lines} lines, at most ${FILE_LINES_MAX}`);
    if (!isTest) problems.push(...brokenRules(path, text), ...unlistedImports(root, path, text));
  }
  return { files: paths.length, problems };
}

/** Which rules a file breaks. */
export function brokenRules(path: string, text: string): string[] {
  const broken = RULES.filter((rule) => rule.files.test(path) && !rule.except?.test(path) && rule.forbidden.test(text));
  return broken.map((rule) => `${path}: ${rule.name}`);
}

/**
 * A workspace may import only what its own package.json lists: that list is the architecture. What is published as one bundled file has
 * nothing to install, so it lists under devDependencies what is bundled.
 */
function unlistedImports(root: string, path: string, text: string): string[] {
  const workspace = /^(?:apps|packages)\/[^/]+/.exec(path)?.[0];
  if (workspace === undefined) return [];
  const manifest = JSON.parse(readFileSync(join(root, workspace, 'package.json'), 'utf8')) as {
    name: string;
    private?: boolean;
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  const listed = manifest.private === true ? manifest.dependencies : manifest.devDependencies;
  const used = [...text.matchAll(/from '(@inference\/[a-z-]+)/g)].map((match) => String(match[1]));
  const unlisted = used.filter((name) => name !== manifest.name && listed?.[name] === undefined);
  return unlisted.map(
    (name) => `${path}: imports ${name}, which ${relative(root, join(root, workspace))}/package.json does not list (${dirname(path)})`,
  );
}
