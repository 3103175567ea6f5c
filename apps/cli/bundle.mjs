// Makes the one file that is published: all of the command line, without dependencies.
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const here = import.meta.dirname;
const bundle = await rolldown({ input: join(here, 'src', 'main.ts'), platform: 'node', treeshake: true });
await bundle.write({ file: join(here, 'dist', 'infer.mjs'), format: 'esm', codeSplitting: false });
await bundle.close();
