import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** What Git leaves out and the product needs. */
const GENERATED = 'packages/database/src/generated';
/** Our own packages, which are the ones of the copy. */
const OWN = '@inference';

/** A copy of the product, to break: one file at a time. */
export class ProductCopy {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async make(): Promise<ProductCopy> {
    const root = await mkdtemp(join(tmpdir(), 'inference-mutant-'));
    const listed = execFileSync(
      'git',
      ['ls-files', '-z', '--cached', '--others', '--exclude-standard', 'apps', 'packages', 'tests', 'prisma', '*.json'],
      { cwd: ROOT, encoding: 'utf8' },
    );
    for (const path of listed.split('\0').filter(Boolean)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await cp(join(ROOT, path), join(root, path));
    }
    await cp(join(ROOT, GENERATED), join(root, GENERATED), { recursive: true });
    const modules = join(ROOT, 'node_modules');
    await mkdir(join(root, 'node_modules', OWN), { recursive: true });
    for (const name of await readdir(modules)) if (name !== OWN) await symlink(join(modules, name), join(root, 'node_modules', name));
    for (const name of await readdir(join(modules, OWN))) {
      await symlink(await readlink(join(modules, OWN, name)), join(root, 'node_modules', OWN, name));
    }
    return new ProductCopy(root);
  }

  /** Puts something else in the place of a part of a file; the returned function puts the part back. Throws where the part is not there once. */
  async replace(file: string, part: string, instead: string): Promise<() => Promise<void>> {
    const path = join(this.root, file);
    const whole = await readFile(path, 'utf8');
    if (whole.split(part).length !== 2) throw new Error(`${file} has the part ${whole.split(part).length - 1} times, not once: ${part}`);
    await writeFile(
      path,
      whole.replace(part, () => instead),
    );
    return () => writeFile(path, whole);
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}
