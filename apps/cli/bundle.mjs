// Makes what is published: all of the command line as one file without dependencies, and the licences of what is in it.
//
//   node bundle.mjs [FOLDER]    into dist, or into that folder
import { globSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const here = import.meta.dirname;
const folder = process.argv[2] ?? join(here, 'dist');
// As older versions of Node can read it, too: they are to hear which one is needed (refuse-old-node.ts), not to fail over a word.
const bundle = await rolldown({ input: join(here, 'src', 'main.ts'), platform: 'node', transform: { target: 'node20' } });
// Whoever packs at the same time finds the old file or the new one, both whole.
const part = join(folder, `infer.${process.pid}.part`);
const { output } = await bundle.write({ file: part, format: 'esm', codeSplitting: false });
await bundle.close();
renameSync(part, join(folder, 'infer.mjs'));

const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
const packages = new Set(modules.map((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]).filter((root) => root !== undefined));
const licences = [join(here, '..', '..'), ...[...packages].sort()].map((root) => {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [file] = globSync('{LICENSE,LICENCE,license}*', { cwd: root });
  if (file === undefined) throw new Error(`${name} has no licence: find out whether it may be published`);
  return `${name} ${version}\n\n${readFileSync(join(root, file), 'utf8').trim()}\n`;
});
writeFileSync(join(folder, 'LICENSES.txt'), licences.join(`\n${'-'.repeat(80)}\n\n`));
