import { MODEL_PROGRAM } from './model-program.ts';
import { MODEL_TEST } from './model-test.ts';
import { nextCommands } from './next-commands.ts';

const DOCKERFILE = `# Another image with Python: docker build --build-arg BASE=...
ARG BASE=python:3.13-slim
FROM \${BASE}
WORKDIR /app
# Packages go here: the container has no network when it runs.
# RUN pip install --no-cache-dir numpy==2.3.4
COPY model.py ./
# The server runs it as an unprivileged user; the file may have come here readable to its owner only.
RUN chmod -R a+rX /app
CMD ["python3", "model.py"]
`;

/** A new model: what it is called, whether it needs a GPU, and the folder as one types it where one is. */
export type NewModelFolder = { readonly id: string; readonly gpu: boolean; readonly shownFolder: string };

/** The files of a new model, by their path in its folder. */
export function modelFiles(model: NewModelFolder): Readonly<Record<string, string>> {
  return {
    Dockerfile: DOCKERFILE,
    '.dockerignore': 'sample\n',
    'model.py': MODEL_PROGRAM,
    'test_model.py': MODEL_TEST,
    'model.json': modelJson(model),
    'sample/first.txt': 'first\n',
    'sample/folder/second.txt': 'second\n',
    'README.md': readme(model),
  };
}

function modelJson({ id, gpu }: NewModelFolder): string {
  const model = {
    humanReadableId: id,
    description: 'Lists the files of its input.',
    image: `${id}:1`,
    useGpu: gpu,
    process: { command: ['python3', 'model.py'], mounts: {} },
    sample: 'sample',
  };
  return `${JSON.stringify(model, null, 2)}\n`;
}

function readme(model: NewModelFolder): string {
  const { test, build, add, run } = nextCommands({ ...model, shownFolder: '.' });
  return `# ${model.id}

Lists the files of its input. Change \`work()\` in \`model.py\`, and this text.

**Input**: any files, in any folders.

**Output**: \`files.csv\` with the columns \`file,bytes,sha256\`.

## Try it

\`\`\`sh
${test}
\`\`\`

## Put it on a server

\`\`\`sh
${build}
${add}
${run}
\`\`\`

A server on this machine also runs it without Docker, in a sandbox, when it is started with \`MODELS_DIR\` set to the folder in which this one
lies: that is what \`model.json\` is for.
`;
}
