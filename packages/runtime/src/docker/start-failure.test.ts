import { describe, expect, it } from 'vitest';
import { DaemonFault } from './daemon.ts';
import { startFailure } from './start-failure.ts';

const RUNC = 'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: ';
const of = (said: string) => startFailure(new DaemonFault(`Docker could not start a container: ${said}.`, { status: 500, said }));

describe('a container that could not be started', () => {
  it('is the fault of the model where the folder that it begins in is missing or closed, or its user is unknown, and says so without paths of the machine', () => {
    const process = `${RUNC}unable to start container process: `;
    for (const what of [
      'chdir to cwd ("/x") set in config.json failed: permission denied',
      'unable to find user nobody-at-all: no matching entries in passwd file',
    ]) {
      const reason = `The container of the model cannot be started: ${what}.`;
      expect(of(`${process}${what}: unknown`)).toMatchObject({ class: 'invalid_model', reason });
    }
  });

  it('is the fault of the machine where something else is: a mount, a cgroup, or a program of the engine', () => {
    for (const what of [
      'error during container init: error mounting "/var/lib/x/input" to rootfs at "/input": stat /var/lib/x/input: no such file or directory',
      'unable to apply cgroup configuration: open /sys/fs/cgroup/docker/x/cgroup.procs: no such file or directory',
      'exec: "docker-init": executable file not found in $PATH',
      'error during container init: open /proc/sys/net/ipv4/ping_group_range: permission denied',
    ])
      expect(of(`${RUNC}unable to start container process: ${what}: unknown`)).toMatchObject({ class: 'infrastructure' });
    for (const what of [
      'error creating overlay mount to /var/lib/x/overlay2/1/merged: mkdir /var/lib/x/overlay2/1/merged: read-only file system',
      'exec: "containerd-shim-runc-v2": executable file not found in $PATH',
      'exec: "/usr/bin/runc": permission denied',
      'exec: "crun": executable file not found in $PATH',
      'exec: "/usr/bin/nvidia-ctk": stat /usr/bin/nvidia-ctk: no such file or directory',
      'exec /sbin/docker-init: exec format error',
    ])
      expect(of(what)).toMatchObject({ class: 'infrastructure' });
  });

  it('is the fault of the model where a link in its image leads a mount to where nothing can be made', () => {
    const mount = 'error mounting "/var/lib/x/output" to rootfs at "/output": mkdir /var/lib/x/merged/sys/nope: read-only file system';
    const reason =
      'The container of the model cannot be started: error mounting "…" to rootfs at "/output": mkdir …: read-only file system.';
    expect(of(`${RUNC}error during container init: ${mount}: unknown`)).toMatchObject({ class: 'invalid_model', reason });
  });

  it('is told without paths of the machine there, too', () => {
    const said = `${RUNC}error mounting "/var/lib/x/input" to rootfs at "/input": stat /var/lib/x/a: no such file or directory: unknown`;
    expect(of(said).reason).toMatch(/error mounting "…" to rootfs at "\/input": stat …: no such file or directory: unknown\.$/);
  });
});
