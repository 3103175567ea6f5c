import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelSpec, systemClock } from '@inference/domain';
import { has, testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import type { RunEnd } from '../model-runtime.ts';
import { Recorder } from '../testing/recorder.ts';
import { scriptModel } from '../testing/script-model.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { createProcessRuntime, type ProcessRuntimeOptions } from './create-process-runtime.ts';
import { hashModelFolder } from './hash-model-folder.ts';

const never = new AbortController().signal;

type Setting = Partial<ProcessRuntimeOptions> & { model?: ModelSpec; script?: string };

async function run(
  modelsFolder: string,
  { model = folderModel(), script = 'true', ...rest }: Setting = {},
): Promise<{ end: RunEnd; said: Recorder }> {
  const runtime = await createProcessRuntime({ modelsFolder, clock: systemClock, stopGraceMs: 300, ...rest });
  const order = await testOrder({ model, script });
  const said = new Recorder();
  const end = await runtime.run(order, null, said, never);
  const prepared = await runtime.prepare(order, said, never);
  if (end.kind === 'failed' && end.failure.class === 'invalid_model' && end.failure.exitCode === undefined) {
    expect(prepared).toEqual({ kind: 'failed', failure: end.failure });
  }
  return { end, said };
}

function folderModel(folder = 'script', over: Partial<ModelSpec> = {}): ModelSpec {
  return testModel({ kind: 'folder', folder }, over);
}

describe('which models the process runtime runs', () => {
  it.each([
    { what: 'an image', model: testModel({ kind: 'image', image: 'busybox' }), says: 'not images' },
    { what: 'a name with a slash', model: folderModel('../script'), says: 'not the name' },
    { what: 'a name with dots only', model: folderModel('..'), says: 'not the name' },
    { what: 'a folder that is not there', model: folderModel('none'), says: 'no folder "none"' },
    { what: 'a link that leaves the folder', model: folderModel('link'), says: 'no folder "link"' },
    { what: 'a file', model: folderModel('file'), says: 'model.json' },
    { what: 'a folder without model.json', model: folderModel('empty'), says: 'no file model.json' },
    { what: 'a model that runs as a container only', model: folderModel('container'), says: 'container only' },
    { what: 'a model that wants a GPU', model: folderModel('script', { useGpu: true }), says: 'without GPUs' },
    { what: 'a loosened model', model: folderModel('script', { loosened: ['network'] }), says: 'Nothing can be loosened' },
    { what: 'a mount that is not there', model: folderModel('mount'), says: '"/app/lib"' },
  ])('refuses $what', async ({ model, says }) => {
    const modelsFolder = await testFolder();
    await scriptModel(modelsFolder);
    await scriptModel(modelsFolder, 'container', { process: undefined });
    await scriptModel(modelsFolder, 'mount', { process: { command: ['sh'], mounts: { '/app/lib': 'nowhere' } } });
    await symlink(await scriptModel(await testFolder()), join(modelsFolder, 'link'));
    await writeFile(join(modelsFolder, 'file'), '');
    await mkdir(join(modelsFolder, 'empty'));
    const { end } = await run(modelsFolder, { model });
    expect(end).toMatchObject({ kind: 'failed', failure: { class: 'invalid_model', reason: expect.stringContaining(says) } });
    expect(JSON.stringify(end)).not.toContain(modelsFolder);
  });

  it.for(['bubblewrap', 'unshare'] as const)(
    'starts a model in its folder, with this very Node and what it mounts (%s)',
    async (isolation, { skip }) => {
      skip(!has(isolation));
      const modelsFolder = await testFolder();
      const library = await testFolder();
      await writeFile(join(library, 'index.js'), 'module.exports = "from the library";');
      const process_ = { command: ['node', 'main.js', 'an argument'], mounts: { '/app/node_modules': './libraries' } };
      const folder = await scriptModel(modelsFolder, 'script', { process: process_ });
      await mkdir(join(folder, 'libraries'));
      await symlink(library, join(folder, 'libraries', 'unused'));
      await mkdir(join(folder, 'libraries', 'thing'));
      await writeFile(join(folder, 'libraries', 'thing', 'index.js'), 'module.exports = "from the library";');
      await writeFile(join(folder, 'main.js'), 'console.log(require("thing"), process.cwd(), process.version, process.argv[2]);');
      const { end, said } = await run(modelsFolder, { isolation });
      expect([end.kind, said.stdout]).toEqual(['done', `from the library /app ${process.version} an argument\n`]);
    },
  );

  it.for(['bubblewrap', 'unshare'] as const)('says which program it could not start (%s)', async (isolation, { skip }) => {
    skip(!has(isolation));
    const modelsFolder = await testFolder();
    await scriptModel(modelsFolder, 'script', { process: { command: ['no-such-program'] } });
    const { end } = await run(modelsFolder, { isolation });
    expect(end).toMatchObject({ failure: { class: 'invalid_model', reason: expect.stringContaining('no-such-program') } });
  });

  it.skipIf(!has('bubblewrap') && !has('unshare'))('names the memory limit when a model cannot get more', async () => {
    const modelsFolder = await testFolder();
    await scriptModel(modelsFolder);
    const limits = { ...folderModel().limits, memoryBytes: 64 * 1024 * 1024 };
    const { end } = await run(modelsFolder, {
      model: folderModel('script', { limits }),
      script: 'dd if=/dev/zero of=/dev/null bs=2000M count=1',
    });
    expect(end).toMatchObject({ failure: { class: 'model_error', reason: expect.stringContaining('64 MiB') } });
  });
});

describe('without a sandbox', () => {
  const script = 'cat "$INPUT_DIR/run.sh" > "$OUTPUT_DIR/copy"; env | cut -d= -f1 | sort | tr "\\n" " "; pwd; ulimit -c';

  async function trusted(): Promise<{ modelsFolder: string; folder: string; trustedModels: Map<string, string> }> {
    const modelsFolder = await testFolder();
    const folder = await scriptModel(modelsFolder, 'script', { process: { command: ['sh', '-c', script] } });
    return { modelsFolder, folder, trustedModels: new Map([['script', (await hashModelFolder(folder)) ?? '']]) };
  }

  it('runs an example that is known by its hash, and tells it where its folders are', async () => {
    const { modelsFolder, folder, trustedModels } = await trusted();
    const { end, said } = await run(modelsFolder, { isolation: 'none', trustedModels });
    expect(end).toEqual({ kind: 'done', warnings: [] });
    expect(said.stdout).toBe(`HOME INPUT_DIR LANG MODEL_DIR OUTPUT_DIR PATH PWD ${folder}\n0\n`);
  });

  it('refuses an example with a changed, a new or a linked file', async () => {
    const { modelsFolder, folder, trustedModels } = await trusted();
    const refused = { failure: { class: 'invalid_model', reason: expect.stringContaining('no sandbox') } };
    await writeFile(join(folder, 'new.js'), '');
    expect((await run(modelsFolder, { isolation: 'none', trustedModels })).end).toMatchObject(refused);
    const other = await trusted();
    await scriptModel(other.modelsFolder, 'script', { description: 'changed' });
    expect((await run(other.modelsFolder, { isolation: 'none', trustedModels: other.trustedModels })).end).toMatchObject(refused);
    const third = await trusted();
    await symlink('/etc/passwd', join(third.folder, 'link'));
    expect((await run(third.modelsFolder, { isolation: 'none', trustedModels: third.trustedModels })).end).toMatchObject(refused);
  });

  it('refuses every model that nobody vouched for', async () => {
    const { modelsFolder } = await trusted();
    expect((await run(modelsFolder, { isolation: 'none' })).end).toMatchObject({ failure: { class: 'invalid_model' } });
  });

  it('says in its banner what it does', async () => {
    const modelsFolder = await testFolder();
    const { isolation, isolationSentence } = await createProcessRuntime({
      modelsFolder,
      clock: systemClock,
      stopGraceMs: 1,
      isolation: 'none',
    });
    expect([isolation, isolationSentence]).toEqual(['none', expect.stringContaining('only the shipped examples')]);
  });
});
