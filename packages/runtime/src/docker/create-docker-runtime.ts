import type { ModelRuntime } from '../model-runtime.ts';
import { withHandedFolders } from '../with-handed-folders.ts';
import { createContainerRuntime, type DockerRuntimeOptions } from './create-container-runtime.ts';

/** Makes the runtime of a consumer that uses the Docker engine itself. Nothing is asked of the engine yet. */
export function createDockerRuntime(options: DockerRuntimeOptions): ModelRuntime {
  return withHandedFolders(createContainerRuntime(options), options.modelUser);
}
