import { reasonOf } from '@inference/domain';
import { removeServerState, type ServerState, writeServerState } from '@inference/server-state';
import type { Log, TearDown } from '@inference/service';

/** Writes where this server is, so that `infer` finds it, until it stops. Without it the server serves all the same. */
export async function tellWhere(folder: string, state: ServerState, log: Log, down: TearDown): Promise<void> {
  try {
    await writeServerState(folder, state);
    down.add(async () => {
      await removeServerState(folder, state.pid).catch((error: unknown) => {
        log.warn({ reason: reasonOf(error), folder }, 'the file that says where this server is cannot be removed');
      });
    });
  } catch (error) {
    log.warn({ reason: reasonOf(error), folder }, 'the file that says where this server is cannot be written: infer needs --url');
  }
}
