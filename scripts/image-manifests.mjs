// Copies what npm has to know for the images into a folder: the manifests of all workspaces without their development
// dependencies, and the lockfile. It changes only when a dependency does, so that the installations after it stay cached.
//
//   node scripts/image-manifests.mjs FOLDER

import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [, , folder] = process.argv;
const manifests = globSync('{package.json,{apps,packages}/*/package.json}');
for (const path of manifests) {
  const { devDependencies, ...manifest } = JSON.parse(readFileSync(path, 'utf8'));
  // The database client is generated in the build.
  const kept = path === 'package.json' ? { devDependencies: { prisma: devDependencies.prisma } } : {};
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  writeFileSync(join(folder, path), JSON.stringify({ ...manifest, ...kept }, null, 2));
}
for (const path of ['package-lock.json', '.npmrc']) cpSync(path, join(folder, path));
