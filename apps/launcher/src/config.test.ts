import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const needed = { LAUNCHER_SOCKET: '/run/launcher/launcher.sock', WORK_DIR: '/var/lib/work' };

describe("the launcher's configuration", () => {
  it('needs a socket and a work folder, allows nothing loose, and answers health checks on loopback only', () => {
    expect(readConfig(needed)).toMatchObject({
      ok: true,
      config: { socketPath: needed.LAUNCHER_SOCKET, host: '127.0.0.1', loosenAllowed: [], memoryBytesMax: null, gpus: 'auto' },
    });
    const problems = ['LAUNCHER_SOCKET must be set', 'WORK_DIR must be set'].map((words) => expect.stringContaining(words));
    expect(readConfig({})).toMatchObject({ ok: false, problems });
  });

  it('takes the names of what models may loosen, and no others', () => {
    expect(readConfig({ ...needed, LOOSEN_ALLOWED: 'network, writable-root' })).toMatchObject({
      config: { loosenAllowed: ['network', 'writable-root'] },
    });
    expect(readConfig({ ...needed, LOOSEN_ALLOWED: 'everything' })).toMatchObject({
      ok: false,
      problems: [expect.stringContaining('LOOSEN_ALLOWED must be names')],
    });
  });
});
