import { type HardLimits, limitCommand } from './limit-command.ts';
import { MARK_VARIABLE } from './sandbox-mark.ts';
import type { SandboxOrder, SandboxPlan } from './sandbox-plan.ts';
import type { SystemBinds } from './system-binds.ts';

const ARGUMENTS_FD = '4';
const STATUS_FD = '3';

/** The child process that runs an order in bubblewrap: own namespaces, no network, nothing writable but /output and /tmp. */
export function bubblewrapPlan(order: SandboxOrder, system: SystemBinds, most: HardLimits): SandboxPlan {
  const argumentsOfBwrap = ['--unsetenv', MARK_VARIABLE, ...namespaces(order), ...places(order, system), '--chdir', order.cwd];
  return {
    file: 'bwrap',
    args: ['--args', ARGUMENTS_FD, '--', ...limitCommand(order.limits, most), ...asUser(order), ...order.command],
    environment: order.environment,
    cwd: '/',
    secondInput: argumentsOfBwrap.map((argument) => `${argument}\0`).join(''),
    levelsAbove: 2,
    stands: /"exit-code"/,
  };
}

function namespaces(order: SandboxOrder): string[] {
  // As root no user namespace is made: in one, the model would be this machine's root under another name, and no limit on
  // processes would hold. Root changes to a real unprivileged user inside (asUser), which takes these capabilities.
  const user = order.user === null ? ['--unshare-user'] : [];
  const kept = order.user === null ? [] : ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'];
  return [
    ...user,
    ...['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--hostname', 'model', '--die-with-parent', '--new-session', '--json-status-fd', STATUS_FD],
    ...['--cap-drop', 'ALL', ...kept.flatMap((name) => ['--cap-add', name])],
  ];
}

function places(order: SandboxOrder, system: SystemBinds): string[] {
  const halfOfMemory = String(Math.floor(order.limits.memoryBytes / 2));
  const shm = String(order.limits.shmBytes);
  return [
    ...['--proc', '/proc', '--dev', '/dev', '--perms', '1777', '--size', shm, '--tmpfs', '/dev/shm'],
    ...['--perms', '1777', '--size', halfOfMemory, '--tmpfs', '/tmp', '--perms', '0777', '--dir', '/tmp/home'],
    // Without this, root's folders in between are closed to the model's user.
    ...parents(order, system).flatMap((folder) => ['--perms', '0755', '--dir', folder]),
    ...system.links.flatMap(({ to, target }) => ['--symlink', to, target]),
    ...[...system.binds, ...order.binds].flatMap(({ source, target, writable }) => [writable ? '--bind' : '--ro-bind', source, target]),
    ...['--remount-ro', '/dev', '--remount-ro', '/'],
  ];
}

function parents(order: SandboxOrder, system: SystemBinds): string[] {
  const folders = [...system.binds, ...order.binds].flatMap(({ target }) => {
    const parts = target.split('/').slice(1, -1);
    return parts.map((_part, at) => `/${parts.slice(0, at + 1).join('/')}`);
  });
  return [...new Set(folders)];
}

function asUser({ user }: SandboxOrder): string[] {
  if (user === null) return [];
  return ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--inh-caps=-all', '--bounding-set=-all', '--'];
}
