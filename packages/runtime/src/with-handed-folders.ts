import { machineFault } from './machine-fault.ts';
import type { ModelRuntime, RunEnd, RunOrder } from './model-runtime.ts';
import { giveFolders, type ModelUser, ownUser } from './model-user.ts';
import { openOutput } from './open-output.ts';
import { runFailure } from './run-failure.ts';

const NOT_COLLECTED = 'A model with loosened=image-user needs a consumer that runs as root: others cannot collect its output.';

/**
 * A runtime for the process that makes the folders of orders: before a run it gives them to the model's user where this process is root, after
 * it takes back its access to the output where it is not.
 */
export function withHandedFolders(runtime: ModelRuntime, user: ModelUser = ownUser()): ModelRuntime {
  return {
    ...runtime,
    run: (order, image, observer, signal) => handed(order, user, () => runtime.run(order, image, observer, signal)),
    async adopt(order) {
      const adopted = await runtime.adopt(order);
      if (adopted === null) return null;
      return { follow: (observer, signal) => taken(order, () => adopted.follow(observer, signal)) };
    },
  };
}

async function handed(order: RunOrder, user: ModelUser, run: () => Promise<RunEnd>): Promise<RunEnd> {
  const isRoot = process.getuid?.() === 0;
  const asImageUser = order.model.loosened.includes('image-user');
  if (asImageUser && !isRoot) return runFailure('invalid_model', NOT_COLLECTED);
  return await taken(order, async () => {
    if (isRoot) await giveFolders(order.folders, asImageUser ? null : user);
    return await run();
  });
}

/** Nothing of the model lives any more once it has run: gives this process access to what it wrote. */
async function taken({ folders }: RunOrder, run: () => Promise<RunEnd>): Promise<RunEnd> {
  try {
    const end = await run();
    if (process.getuid?.() !== 0) await openOutput(folders.output);
    return end;
  } catch (error) {
    return machineFault(error);
  }
}
