import { type HardLimits, limitCommand } from './limit-command.ts';
import { MARK_VARIABLE } from './sandbox-mark.ts';
import type { SandboxOrder, SandboxPlan } from './sandbox-plan.ts';
import type { SystemBinds } from './system-binds.ts';

/**
 * Builds the sandbox's file system and runs the model in it. Runs as the first process of the new pid namespace, so that
 * all of the model dies with it. Arguments: half of the memory and the shared memory in bytes, the folder to start in, then
 * `ro|rw|link SOURCE TARGET` three by three, `--`, the command.
 *
 * The new root lies over /sys, where no folder of ours can be. A mount flag that the source has (noexec) cannot be dropped
 * by an unprivileged user: hence the second try.
 */
const SCRIPT = `set -eu
unset ${MARK_VARIABLE}
tmp=$1 shm=$2 cwd=$3; shift 3
mount -t tmpfs -o mode=755,size=4m,nosuid,nodev tmpfs /sys
cd /sys
seal() {
  mount -o "remount,bind,$2nosuid,nodev" "$1" 2>/dev/null || mount -o "remount,bind,$2nosuid,nodev,noexec" "$1"
}
place() {
  if [ -d "$1" ]; then mkdir -p "$2"; else mkdir -p "\${2%/*}"; : >"$2"; fi
  mount --bind "$1" "$2"
}
while [ "$1" != -- ]; do
  case $1 in
    link) ln -s "$2" ".$3" ;;
    ro) place "$2" ".$3"; seal ".$3" ro, ;;
    rw) place "$2" ".$3"; seal ".$3" "" ;;
  esac
  shift 3
done
shift
mkdir proc dev tmp dev/shm
mount -t proc -o nosuid,nodev,noexec proc proc
for name in null zero full random urandom; do place /dev/$name dev/$name; done
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mount -t tmpfs -o "mode=1777,size=$shm,nosuid,nodev" tmpfs dev/shm
mount -t tmpfs -o "mode=1777,size=$tmp,nosuid,nodev" tmpfs tmp
mkdir tmp/home
chmod 777 tmp/home
mount -o remount,bind,ro,nosuid,nodev .
pivot_root . .
umount -l .
cd "$cwd"
echo ready >&3
exec 3>&-
set +e
"$@"
exit $?`;

/** The child process that runs an order in namespaces made by `unshare`: for machines without bubblewrap. */
export function unsharePlan(order: SandboxOrder, system: SystemBinds, most: HardLimits): SandboxPlan {
  const places = [
    ...system.binds.flatMap(({ source, target }) => ['ro', source, target]),
    ...system.links.flatMap(({ to, target }) => ['link', to, target]),
    ...order.binds.flatMap(({ source, target, writable }) => [writable ? 'rw' : 'ro', source, target]),
  ];
  const sizes = [Math.floor(order.limits.memoryBytes / 2), order.limits.shmBytes].map(String);
  return {
    file: 'setpriv',
    args: [
      ...['--pdeathsig', 'KILL', '--', 'unshare', ...namespaces(order), '--', 'sh', '-c', SCRIPT, 'sandbox'],
      ...[...sizes, order.cwd, ...places, '--', ...limitCommand(order.limits, most), ...asUser(order), ...order.command],
    ],
    environment: order.environment,
    cwd: '/',
    secondInput: null,
    levelsAbove: 2,
    stands: /^ready$/m,
  };
}

function namespaces({ user }: SandboxOrder): string[] {
  const own = ['--mount', '--pid', '--net', '--ipc', '--uts', '--cgroup', '--fork', '--kill-child=KILL'];
  return user === null ? ['--user', '--map-root-user', ...own] : own;
}

function asUser({ user }: SandboxOrder): string[] {
  const ids = user === null ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  return ['setpriv', ...ids, '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all', '--'];
}
