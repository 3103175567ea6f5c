import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { LIVE_LOG, type LivePiece, type LogStream, newId, type Outcome, type StoredOutput } from '@inference/domain';
import { testFolder, until, zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import type { ClaimedAttempt } from './claim.ts';
import type { ControlPlane, RenewReply } from './control-plane.ts';
import type { Lease } from './lease.ts';

/** A platform with an adapter in front of it, and a view behind the scenes. */
export type ControlPlaneHarness = {
  readonly control: ControlPlane;
  /** The largest output that is accepted, in bytes. */
  readonly outputBytesMax: number;
  /** Submits a task for the pool `docker-cpu` whose model has a zip. */
  givenTask(): Promise<{ uid: string; input: Buffer; modelZip: Buffer }>;
  /** What the task's user does. */
  cancel(uid: string): Promise<void>;
  /** What the task's user gets, or null. */
  output(uid: string): Promise<Buffer | null>;
  /** Everything that is known of a task and its attempts, to be compared. */
  rows(uid: string): Promise<{ state: string; attempts: { consumerId: string; stdoutTail: string[]; heartbeat: number }[] }>;
  /** What was kept of what its models printed: "STREAM OFFSET TEXT", with dots for a line that is not over. */
  log(uid: string): Promise<{ pieces: string[]; progress: number | null }>;
  /** Files of outputs, unfinished ones included. */
  countFiles(): Promise<number>;
};

const EVERY_MS = 20;
const AT_ONCE = 10;
const NEVER = new AbortController().signal;
const NO_TAILS = { stdout: [], stderr: [] };
const FAULT: Outcome = { kind: 'fail', failure: { class: 'infrastructure', reason: 'the disk broke' } };
const MODEL_ERROR: Outcome = { kind: 'fail', failure: { class: 'model_error', reason: 'exit code 3', exitCode: 3 } };

/** What every adapter of `ControlPlane` promises. `open` makes an empty platform; the running test's end takes it down. */
export function controlPlaneConformance(name: string, open: () => Promise<ControlPlaneHarness>): void {
  describe(`${name} as a control plane`, () => {
    const setup = async () => {
      const harness = await open();
      const task = await harness.givenTask();
      const claim = (claimId = newId()) => harness.control.claim({ claimId, consumerId: 'c1', bootId: 'b1', pools: ['docker-cpu'] });
      const claimed = async (): Promise<ClaimedAttempt> => (await claim()) ?? Promise.reject(new Error('nothing to claim'));
      return { ...harness, ...task, claim, claimed };
    };

    it('claims a task with all that is needed to run it, and answers null when there is no other', async () => {
      const { claim, uid, input, modelZip } = await setup();
      expect(await claim()).toMatchObject({
        taskUid: uid,
        attempt: 1,
        pinnedImage: null,
        input: { bytes: input.length },
        model: { source: { kind: 'image' }, zip: { bytes: modelZip.length } },
      });
      expect(await claim()).toBeNull();
    });

    it('answers a repeated claim with the same attempt, also while the first is under way', async () => {
      const { claim, givenTask } = await setup();
      // At once, as that opens the sessions that the claims then have.
      await Promise.all(Array.from({ length: AT_ONCE }, () => givenTask()));
      const claimId = newId();
      const claims = await Promise.all(Array.from({ length: AT_ONCE }, () => claim(claimId)));
      for (const repeated of [...claims, await claim(claimId)]) expect(repeated).toEqual(claims[0]);
      expect(await claim()).not.toBeNull();
    });

    it('puts the input and the model zip whole at their paths', async () => {
      const { control, claimed, input, modelZip } = await setup();
      const attempt = await claimed();
      const folder = await testFolder();
      await control.fetchInput(attempt, join(folder, 'input.zip'), NEVER);
      await control.fetchModelZip(attempt, join(folder, 'model.zip'), NEVER);
      expect((await readFile(join(folder, 'input.zip'))).equals(input)).toBe(true);
      expect((await readFile(join(folder, 'model.zip'))).equals(modelZip)).toBe(true);
    });

    it('keeps the image that the first attempt found', async () => {
      const { control, claimed } = await setup();
      const first = await claimed();
      expect(await control.pinImage(first, 'echo@sha256:1', NEVER)).toBe('echo@sha256:1');
      await control.report(first, FAULT, NO_TAILS);
      const second = await claimed();
      expect(second.pinnedImage).toBe('echo@sha256:1');
      expect(await control.pinImage(second, 'echo@sha256:2', NEVER)).toBe('echo@sha256:1');
    });

    it('takes an output into account only once its report names it', async () => {
      const { control, claimed, uid, output, rows, countFiles } = await setup();
      const attempt = await claimed();
      const zip = await zipOf({ 'out.txt': 'result' });
      const stored = await control.putOutput(attempt, () => Readable.from([zip]), NEVER);
      expect([await countFiles(), await output(uid), (await rows(uid)).state]).toEqual([1, null, 'running']);
      expect(await report(control, attempt, stored, ['hello'])).toBe('recorded');
      expect((await output(uid))?.equals(zip)).toBe(true);
      expect(await rows(uid)).toMatchObject({ state: 'succeeded', attempts: [{ stdoutTail: ['hello'] }] });
    });

    it('takes the same report twice without a change, and no other one after it', async () => {
      const { control, claimed, uid, rows } = await setup();
      const attempt = await claimed();
      const stored = await put(control, attempt);
      await report(control, attempt, stored);
      const before = await rows(uid);
      expect(await report(control, attempt, stored)).toBe('recorded');
      expect(await control.report(attempt, MODEL_ERROR, NO_TAILS)).toBe('stale');
      expect(await rows(uid)).toEqual(before);
    });

    it('takes no report that names what its attempt has not stored', async () => {
      const { control, claimed, uid, givenTask, rows } = await setup();
      await givenTask();
      const attempt = await claimed();
      const foreign = await put(control, await claimed());
      const own = await put(control, attempt);
      const before = await rows(uid);
      const wrong: StoredOutput[] = [
        foreign,
        { ...own, key: `inputs/${uid}.zip` },
        { ...own, sha256: 'f'.repeat(64) },
        { ...own, bytes: own.bytes + 1 },
      ];
      for (const output of wrong) await expect(report(control, attempt, output)).rejects.toMatchObject({ code: 'bad_request' });
      expect(await rows(uid)).toEqual(before);
    });

    it('records a report whatever its model printed, cut to the limits', async () => {
      const { control, claimed, uid, rows } = await setup();
      const stdout = [...Array.from({ length: 600 }, (_, at) => `line ${at}`), 'nul \0 half \ud800', 'x'.repeat(3000)];
      const reason = `\0${'long '.repeat(1000)}`;
      const warnings = Array.from({ length: 1000 }, () => 'odd name \0');
      const attempt = await claimed();
      const output = await put(control, attempt);
      expect(await control.report(attempt, { kind: 'succeed', output, warnings }, { stdout, stderr: ['\0'] })).toBe('recorded');
      const [kept] = (await rows(uid)).attempts;
      expect(kept?.stdoutTail).toHaveLength(500);
      expect(kept?.stdoutTail.slice(-3)).toEqual(['line 599', 'nul \ufffd half \ufffd', 'x'.repeat(2000)]);
      expect(await control.report(attempt, { kind: 'hand_back', reason }, NO_TAILS)).toBe('stale');
    });

    it('keeps what a model prints, in order, and how far it is', async () => {
      const { control, claimed, uid, log } = await setup();
      const attempt = await claimed();
      await control.tellLive(attempt, { pieces: [piece('stdout', 0, 'a\n'), piece('stderr', 0, 'b\n')], progress: null });
      await control.tellLive(attempt, {
        pieces: [piece('stdout', 2, '10%', true)],
        progress: { fraction: 0.5, text: `\0${'x'.repeat(500)}` },
      });
      expect(await log(uid)).toEqual({ pieces: ['stdout 0 a\n', 'stderr 0 b\n', 'stdout 2 10%...'], progress: 0.5 });
      await control.tellLive(attempt, { pieces: [piece('stdout', 2, 'c\n')], progress: { fraction: null, text: 'packing' } });
      expect(await log(uid)).toEqual({ pieces: ['stdout 0 a\n', 'stderr 0 b\n', 'stdout 2 c\n'], progress: null });
    });

    it('takes the same pieces again, and what overlaps others, without a change', async () => {
      const { control, claimed, uid, log } = await setup();
      const attempt = await claimed();
      const batch = { pieces: [piece('stdout', 0, 'one\n'), piece('stdout', 4, 'two\n'), piece('stdout', 8, 'thr', true)], progress: null };
      await control.tellLive(attempt, batch);
      const before = await log(uid);
      for (const pieces of [batch.pieces, [piece('stdout', 0, 'other\n')], [piece('stdout', 5, 'wo\nmore\n')]]) {
        await control.tellLive(attempt, { pieces, progress: null });
        expect(await log(uid)).toEqual(before);
      }
    });

    it('keeps no more of a stream than its limit, and refuses pieces that do not follow each other', async () => {
      const { control, claimed, uid, log } = await setup();
      const attempt = await claimed();
      const most = LIVE_LOG.streamBytesMax;
      await control.tellLive(attempt, {
        pieces: [piece('stdout', most - 2, '\u20ac'), piece('stderr', most - 3, '\u20ac')],
        progress: null,
      });
      expect((await log(uid)).pieces).toEqual([`stderr ${most - 3} \u20ac`]);
      const crooked = [
        [piece('stdout', 4, 'x'), piece('stdout', 0, 'y')],
        [piece('stdout', 0, 'x', true), piece('stdout', 0, 'y')],
        [piece('stdout', most + 1, 'x')],
        Array.from({ length: LIVE_LOG.batchPiecesMax + 1 }, (_, at) => piece('stdout', at, 'x')),
      ];
      for (const pieces of crooked) {
        await expect(control.tellLive(attempt, { pieces, progress: null })).rejects.toMatchObject({ code: 'invalid_request' });
      }
    });

    it('takes the largest batch, whatever is in it', async () => {
      const { control, claimed, uid, log } = await setup();
      const text = '\0\ud800\u0001'.repeat(LIVE_LOG.batchBytesMax / 8);
      await control.tellLive(await claimed(), { pieces: [piece('stdout', 0, text)], progress: null });
      expect((await log(uid)).pieces[0]?.length).toBe('stdout 0 '.length + text.length);
    });

    it('answers renewals: go on, stop once the user has cancelled, stale once the attempt is over', async () => {
      const { control, claimed, cancel, uid, rows } = await setup();
      const attempt = await claimed();
      const heard: RenewReply[] = [];
      const letGo = control.keepLease(attempt, { everyMs: EVERY_MS, onReply: (reply) => heard.push(reply) });
      await until('signs of life', async () => ((await rows(uid)).attempts[0]?.heartbeat ?? 0) > 2);
      expect(new Set(heard)).toEqual(new Set(['continue']));
      await cancel(uid);
      await until('the stop', () => heard.includes('stop'));
      await control.report(attempt, { kind: 'fail', failure: { class: 'cancelled', reason: 'cancelled' } }, NO_TAILS);
      await until('the end', () => heard.includes('stale'));
      const count = heard.length;
      letGo();
      expect((await rows(uid)).state).toBe('cancelled');
      expect(heard.slice(count)).toEqual([]);
    });

    it('hears of a cancel at once, long before the next renewal', async () => {
      const { control, claimed, cancel, uid } = await setup();
      const heard: RenewReply[] = [];
      const letGo = control.keepLease(await claimed(), { everyMs: 600_000, onReply: (reply) => heard.push(reply) });
      await cancel(uid);
      await until('the stop', () => heard.length > 0);
      letGo();
      expect(heard).toEqual(['stop']);
    });

    it('renews nothing any more once the lease was let go', async () => {
      const { control, claimed, givenTask, uid, rows } = await setup();
      const other = await givenTask();
      const letGo = control.keepLease(await claimed(), { everyMs: EVERY_MS, onReply: () => {} });
      const beats = async (of: string) => (await rows(of)).attempts[0]?.heartbeat ?? 0;
      await until('a sign of life', async () => (await beats(uid)) > 0);
      letGo();
      control.keepLease(await claimed(), { everyMs: EVERY_MS, onReply: () => {} });
      await until('signs of life of the other', async () => (await beats(other.uid)) > 1);
      const before = await beats(uid);
      const seen = await beats(other.uid);
      await until('more of them', async () => (await beats(other.uid)) > seen + 3);
      expect(await beats(uid)).toBe(before);
    });

    it.each(['a wrong token', 'an older attempt'])('changes nothing for %s, and says that it is stale', async (what) => {
      const { control, claimed, uid, rows, countFiles } = await setup();
      const first = await claimed();
      if (what === 'an older attempt') {
        await control.report(first, FAULT, NO_TAILS);
        await claimed();
      }
      const stale = what === 'a wrong token' ? { ...first, token: newId() } : first;
      const before = await rows(uid);
      const folder = await testFolder();
      await expect(control.fetchInput(stale, join(folder, 'i'), NEVER)).rejects.toMatchObject({ code: 'stale' });
      await expect(control.fetchModelZip(stale, join(folder, 'm'), NEVER)).rejects.toMatchObject({ code: 'stale' });
      await expect(control.pinImage(stale, 'other', NEVER)).rejects.toMatchObject({ code: 'stale' });
      await expect(control.tellLive(stale, { pieces: [piece('stdout', 0, 'hello')], progress: null })).rejects.toMatchObject({
        code: 'stale',
      });
      await expect(put(control, stale)).rejects.toMatchObject({ code: 'stale' });
      expect(await control.report(stale, MODEL_ERROR, NO_TAILS)).toBe('stale');
      const output = { key: `outputs/${uid}.1.${'0'.repeat(64)}.zip`, bytes: 1, sha256: '0'.repeat(64) };
      expect(await report(control, stale, output)).toBe('stale');
      expect(await firstReply(control, stale)).toBe('stale');
      expect(await rows(uid)).toEqual(before);
      expect([await countFiles(), await readdir(folder)]).toEqual([0, []]);
    });

    it('hands back what earlier boots of a consumer held when it says hello again, and nothing else', async () => {
      const { control, claimed, uid, givenTask, rows } = await setup();
      await claimed();
      const other = await givenTask();
      await control.claim({ claimId: newId(), consumerId: 'c2', bootId: 'b1', pools: ['docker-cpu'] });
      const hello = (bootId: string) =>
        control.hello({ consumerId: 'c1', bootId, pools: ['docker-cpu', 'process'], gpus: 0, trouble: { process: 'no sandbox \0' } });
      await hello('b1');
      expect((await rows(uid)).state).toBe('running');
      await hello('b2');
      expect([(await rows(uid)).state, (await rows(other.uid)).state]).toEqual(['queued', 'running']);
    });

    it('refuses an output above the limit and leaves nothing of it', async () => {
      const { control, claimed, outputBytesMax, countFiles, uid, rows } = await setup();
      const attempt = await claimed();
      const tooLarge = () => Readable.from([Buffer.alloc(outputBytesMax), Buffer.alloc(64 * 1024 * 1024)]);
      await expect(control.putOutput(attempt, tooLarge, NEVER)).rejects.toMatchObject({ code: 'upload_too_large' });
      expect([await countFiles(), (await rows(uid)).state]).toEqual([0, 'running']);
    });

    it('leaves nothing of an output that breaks off, and says why it did', async () => {
      const { control, claimed, countFiles } = await setup();
      const broken = () => {
        const pieces = async function* () {
          yield Buffer.alloc(100_000);
          throw new Error('unreadable');
        };
        return Readable.from(pieces(), { objectMode: false });
      };
      await expect(control.putOutput(await claimed(), broken, NEVER)).rejects.toThrow('unreadable');
      await until('the end of the half file', async () => (await countFiles()) === 0);
    });

    it('ends an upload early when it is told to', async () => {
      const { control, claimed, countFiles } = await setup();
      const aborter = new AbortController();
      const openZip = () => {
        const zip = new Readable({ read: () => setTimeout(() => aborter.abort('drain')) });
        zip.push(Buffer.alloc(100_000));
        return zip;
      };
      await expect(control.putOutput(await claimed(), openZip, aborter.signal)).rejects.toThrow();
      await until('the end of the half file', async () => (await countFiles()) === 0);
    });
  });
}

function piece(stream: LogStream, offset: number, text: string, open = false): LivePiece {
  return { stream, offset, text, open };
}

function put(control: ControlPlane, lease: Lease): Promise<StoredOutput> {
  return control.putOutput(lease, () => Readable.from([Buffer.from(`the output of ${lease.taskUid}`)]), NEVER);
}

function report(control: ControlPlane, lease: Lease, output: StoredOutput, stdout: string[] = []): Promise<'recorded' | 'stale'> {
  return control.report(lease, { kind: 'succeed', output, warnings: [] }, { stdout, stderr: [] });
}

async function firstReply(control: ControlPlane, lease: Lease): Promise<RenewReply> {
  const { promise, resolve } = Promise.withResolvers<RenewReply>();
  const letGo = control.keepLease(lease, { everyMs: EVERY_MS, onReply: resolve });
  try {
    return await promise;
  } finally {
    letGo();
  }
}
