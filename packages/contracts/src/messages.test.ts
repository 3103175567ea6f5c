import { MODEL_LIMITS, newId } from '@inference/domain';
import { describe, expect, it } from 'vitest';
import { reportSchema } from './attempt-messages.ts';
import { claimedAttemptSchema, claimRequestSchema } from './claim.ts';
import { consumerInfoSchema } from './consumer-info.ts';
import { pinnedImageSchema } from './image.ts';
import { leaseSchema } from './lease.ts';
import { MESSAGE_LIMITS } from './message-limits.ts';

const info = { consumerId: 'gpu-1.lab', bootId: 'b1', pools: ['docker-cpu'], gpus: 1, trouble: {} };
const folderModel = { humanReadableId: 'count', description: 'Counts.', image: 'count', folder: 'count' };
const manyModels = (count: number) => Array.from({ length: count }, (_, at) => ({ ...folderModel, humanReadableId: `count-${at}` }));
const device = { uuid: 'GPU-1', name: 'H100', memoryBytes: 80, kind: 'gpu', groups: ['nvlink-0'], trouble: null };
const capacity = { cpuMillis: 8_000, memoryBytes: 1, shmBytes: 1, scratchBytes: 1 };
const node = { labels: { site: 'b2' }, capacity, devices: [device] };
const manyLabels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`l${at}`, 'x']));
const tails = { stdout: ['one'], stderr: [] };
const output = { key: 'outputs/x.zip', bytes: 3, sha256: 'a'.repeat(64) };
const report = (outcome: unknown) => reportSchema.safeParse({ outcome, tails }).success;

describe('a message of a consumer', () => {
  it.each([
    ['an id with a slash', { consumerId: '../x' }],
    ['an id that is too long', { consumerId: 'x'.repeat(MESSAGE_LIMITS.idCharsMax + 1) }],
    ['no id', { consumerId: '' }],
    ['a pool that is not known', { pools: ['tpu'] }],
    ['more pools than there are', { pools: ['process', 'process', 'process', 'process'] }],
    ['half a GPU', { gpus: 0.5 }],
    ['more GPUs than a machine has', { gpus: MESSAGE_LIMITS.gpusMax + 1 }],
    ['trouble of a pool that is not known', { trouble: { tpu: 'x' } }],
    ['trouble that is no text', { trouble: { process: { a: 1 } } }],
    ['a folder model whose folder is a path', { folderModels: [{ ...folderModel, folder: '../etc' }] }],
    ['a folder model whose id is a path', { folderModels: [{ ...folderModel, humanReadableId: 'a/b' }] }],
    ['two folder models with one id', { folderModels: [folderModel, { ...folderModel, folder: 'other' }] }],
    ['two devices with one UUID', { node: { ...node, devices: [device, device] } }],
    ['a device whose UUID is a path', { node: { ...node, devices: [{ ...device, uuid: '/dev/null' }] } }],
    ['a machine with less than nothing', { node: { ...node, capacity: { ...node.capacity, memoryBytes: -1 } } }],
    ['more labels than a machine may have', { node: { ...node, labels: manyLabels(MESSAGE_LIMITS.nodeLabelsMax + 1) } }],
    ['more folder models than a consumer may have', { folderModels: manyModels(MESSAGE_LIMITS.folderModelsMax + 1) }],
  ])('is refused for %s', (_what, change) => {
    expect(consumerInfoSchema.safeParse({ ...info, node }).success).toBe(true);
    expect(consumerInfoSchema.safeParse({ ...info, ...change }).success).toBe(false);
  });

  it('never carries a command, whatever a hello says', () => {
    const read = consumerInfoSchema.parse({ ...info, folderModels: [{ ...folderModel, command: ['rm'], process: { command: ['rm'] } }] });
    expect(read.folderModels).toEqual([folderModel]);
  });

  it('fits its limit when a hello names as many models as it may, each with the longest words', () => {
    const [id, words] = ['x'.repeat(124), '\u0001'.repeat(MESSAGE_LIMITS.sentenceCharsMax)];
    const models = manyModels(MESSAGE_LIMITS.folderModelsMax).map((model, at) => {
      return {
        ...model,
        humanReadableId: `${id}${at}`,
        folder: id,
        description: words,
        image: words.slice(0, MESSAGE_LIMITS.imageCharsMax),
      };
    });
    const message = consumerInfoSchema.parse({ ...info, folderModels: models });
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(MESSAGE_LIMITS.helloBytesMax);
  });

  it.each([
    ['a number of an attempt beyond what the database counts', { attempt: 2 ** 31 }],
    ['no attempt', { attempt: Number.NaN }],
    ['a token that is none', { token: 'x' }],
    ['a uid that is none', { taskUid: `${newId()}x` }],
  ])('is refused for %s', (_what, change) => {
    const lease = { taskUid: newId(), attempt: 1, token: newId() };
    expect(leaseSchema.safeParse(lease).success).toBe(true);
    expect(leaseSchema.safeParse({ ...lease, ...change }).success).toBe(false);
  });

  it('may claim with a claim id that nobody guesses only', () => {
    const claim = { consumerId: 'c1', bootId: 'b1', pools: ['process'] };
    expect(claimRequestSchema.safeParse({ ...claim, claimId: newId() }).success).toBe(true);
    expect(claimRequestSchema.safeParse({ ...claim, claimId: '1' }).success).toBe(false);
  });

  it('may report each kind of outcome, with what belongs to it', () => {
    expect(report({ kind: 'succeed', output, warnings: ['a link was left out'] })).toBe(true);
    expect(report({ kind: 'fail', failure: { class: 'timeout', reason: 'too long' } })).toBe(true);
    expect(report({ kind: 'fail', failure: { class: 'model_error', reason: 'exit 3', exitCode: 3 } })).toBe(true);
    expect(report({ kind: 'hand_back', reason: 'drain' })).toBe(true);
    expect(report({ kind: 'succeed', warnings: [] })).toBe(false);
    expect(report({ kind: 'succeed', output: { ...output, sha256: 'A'.repeat(64) }, warnings: [] })).toBe(false);
    expect(report({ kind: 'succeed', output: { ...output, bytes: -1 }, warnings: [] })).toBe(false);
    expect(report({ kind: 'fail', failure: { class: 'bad_luck', reason: 'x' } })).toBe(false);
    expect(report({ kind: 'fail', failure: { class: 'timeout', reason: 'x', exitCode: 2 ** 40 } })).toBe(false);
    expect(report({ kind: 'lost' })).toBe(false);
  });

  it('keeps the newest lines of a log that is too long, by lines and by bytes', () => {
    const stdout = Array.from({ length: 600 }, (_, at) => `${at} ${'ä'.repeat(1900)}`);
    const read = reportSchema.parse({ outcome: { kind: 'hand_back', reason: '' }, tails: { stdout, stderr: [] } });
    expect(read.tails.stdout.at(-1)).toBe(stdout.at(-1));
    const bytes = Buffer.byteLength(read.tails.stdout.join(''));
    expect(bytes).toBeLessThanOrEqual(MESSAGE_LIMITS.logTailBytesMax);
    expect(bytes).toBeGreaterThan(MESSAGE_LIMITS.logTailBytesMax - 4000);
  });

  it('fits its limit in the worst case: two full logs of which every character is written as six', () => {
    const worst = Array.from({ length: 500 }, () => '\u0001'.repeat(2000));
    const message = reportSchema.parse({ outcome: { kind: 'hand_back', reason: '' }, tails: { stdout: worst, stderr: worst } });
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(MESSAGE_LIMITS.reportBytesMax);
  });

  it('names an image without spaces and control characters', () => {
    expect(pinnedImageSchema.safeParse({ image: 'registry.lab:5000/group/model@sha256:0f' }).success).toBe(true);
    for (const image of ['', 'a b', 'a\n', 'a\0', 'x'.repeat(2000)]) expect(pinnedImageSchema.safeParse({ image }).success).toBe(false);
  });
});

describe('an answer to a claim', () => {
  const attempt = {
    taskUid: newId(),
    attempt: 1,
    token: newId(),
    pinnedImage: null,
    input: { bytes: 1, sha256: 'a'.repeat(64) },
    model: {
      uid: newId(),
      humanReadableId: 'echo',
      source: { kind: 'image', image: 'echo:1' },
      useGpu: false,
      zip: null,
      loosened: ['network'],
      limits: { memoryBytes: 1, shmBytes: 1, pidsMax: 1, timeMs: 1, hangMs: 1, cpus: 0.5, outputBytes: 1 },
    },
  };

  it('is taken as it is, without what is not known', () => {
    expect(claimedAttemptSchema.parse({ ...attempt, later: true })).toEqual({ ...attempt, gpuUuids: [] });
  });

  it('may come from a private API that knows nothing of models that hang, of cores and of quotas', () => {
    const { hangMs: _unknown, cpus: _cores, outputBytes: _quota, ...limits } = attempt.model.limits;
    const { model } = claimedAttemptSchema.parse({ ...attempt, model: { ...attempt.model, limits } });
    expect(model.limits).toEqual({ ...limits, hangMs: null, cpus: null, outputBytes: MODEL_LIMITS.outputBytes });
  });

  it.each([
    ['a default that cannot be loosened', { loosened: ['privileged'] }],
    ['a command', { source: { kind: 'command', command: 'rm' } }],
    ['no time limit', { limits: { memoryBytes: 1, shmBytes: 1, pidsMax: 1, timeMs: 0 } }],
    ['an id that is a path', { humanReadableId: '../../etc' }],
  ])('is refused for %s', (_what, change) => {
    expect(claimedAttemptSchema.safeParse({ ...attempt, model: { ...attempt.model, ...change } }).success).toBe(false);
  });
});
