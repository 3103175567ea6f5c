import { runProgram } from '../machine/run-program.ts';
import { doubtful, type Finding, fine } from './finding.ts';

/** Looks whether models in folders can run in a sandbox here, by running `true` in one. */
export async function lookAtSandbox(isRoot: boolean): Promise<Finding> {
  const user = isRoot ? [] : ['--unshare-user'];
  const tried = await runProgram('bwrap', [...user, '--unshare-pid', '--unshare-net', '--ro-bind', '/', '/', '--proc', '/proc', 'true']);
  if (tried.kind === 'ended') return fine('sandbox', 'Models in folders run in one (bubblewrap).');
  if (tried.kind === 'missing')
    return doubtful(
      'sandbox',
      'bubblewrap is not installed: models in folders are kept apart less well.',
      'sudo apt-get install bubblewrap',
    );
  return doubtful(
    'sandbox',
    `bubblewrap does not work here (${tried.text}): models in folders are kept apart less well.`,
    'sudo sysctl -w kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0',
  );
}
