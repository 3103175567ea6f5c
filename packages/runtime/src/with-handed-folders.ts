import { machineFault } from './machine-fault.ts';
import type { ModelRuntime, RunEnd, RunOrder } from './model-runtime.ts';
import { giveFolders, type ModelUser, ownUser } from './model-user.ts';
import { openOutput } from './open-output.ts';
import { runFailure } from './run-failure.ts';
import { folderName } from './work-layout.ts';

const NOT_COLLECTED = 'A model with loosened=image-user needs a consumer that runs as root: others cannot collect its output.';

/**
 * A runtime for the process that makes the folders of orders: before a run it gives them to the model's user where this process is root, after
 * it takes back its access to the output where it is not: once nothing of the model lives, which it could still write with.
 */
export function withHandedFolders(runtime: ModelRuntime, user: ModelUser = ownUser()): ModelRuntime {
  /** Outputs of models that may live, or were not found, by the names of their attempts: opened once they are released. */
  const unopened = new Map<string, string>();
  const openLater = (order: RunOrder) => unopened.set(folderName(order), order.folders.output);
  const taken = async (order: RunOrder, run: () => Promise<RunEnd>): Promise<RunEnd> => {
    try {
      const end = await run();
      if (end.kind !== 'done' && end.mayLive === true) openLater(order);
      else if (process.getuid?.() !== 0) await openOutput(order.folders.output);
      return end;
    } catch (error) {
      return machineFault(error);
    }
  };
  return {
    ...runtime,
    run: (order, image, observer, signal) => taken(order, () => handed(order, user, () => runtime.run(order, image, observer, signal))),
    async adopt(order) {
      const adopted = await runtime.adopt(order);
      if (adopted === null) {
        openLater(order);
        return null;
      }
      return { follow: (observer, signal) => taken(order, () => adopted.follow(observer, signal)) };
    },
    async release(attempt) {
      await runtime.release(attempt);
      const output = unopened.get(folderName(attempt));
      if (output !== undefined && process.getuid?.() !== 0) await openOutput(output);
      unopened.delete(folderName(attempt));
    },
  };
}

async function handed({ model, folders }: RunOrder, user: ModelUser, run: () => Promise<RunEnd>): Promise<RunEnd> {
  const isRoot = process.getuid?.() === 0;
  const asImageUser = model.loosened.includes('image-user');
  if (asImageUser && !isRoot) return runFailure('invalid_model', NOT_COLLECTED);
  if (isRoot) await giveFolders(folders, asImageUser ? null : user);
  return await run();
}
