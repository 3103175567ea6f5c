import { expect, it } from 'vitest';
import { exitFailure, QUOTE_CHARS_MAX } from './exit-failure.ts';
import { failureHint } from './failure-hint.ts';
import { testModel } from './testing/test-order.ts';

const image = testModel({ kind: 'image', image: 'any:1' });
const folder = testModel({ kind: 'folder', folder: 'any' });

function reason(stderr: string[], exitCode = 1): string {
  return exitFailure(image, { exitCode, outOfMemory: false, memoryPeakBytes: null, stderr }).reason;
}

it.each([137, 143])('takes exit code %d, where we did not stop the model, for a fault of the machine', (exitCode) => {
  expect(exitFailure(image, { exitCode, outOfMemory: false, memoryPeakBytes: null, stderr: [] }).class).toBe('infrastructure');
});

it('quotes the last line that says something, without colours and control characters, and cut', () => {
  expect(reason(['\u001b[31mbroken\u001b[0m \u0007pipe', '', '   '])).toBe('The model ended with exit code 1: "broken  pipe".');
  expect(reason(['x'.repeat(5000)]).length).toBeLessThan(QUOTE_CHARS_MAX + 60);
});

it('takes a bus error, which says nothing itself, for a full /dev/shm', () => {
  expect(reason([], 135)).toContain('shmBytes');
});

it.each([
  ['RuntimeError: unable to write to file </torch_1>: No space left on device, shared memory', 'shmBytes'],
  ["OSError: [Errno 30] Read-only file system: '/opt/cache'", 'loosened=writable-root'],
  ['urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>', 'loosened=network'],
  ['Error: getaddrinfo EAI_AGAIN example.org', 'loosened=network'],
  ['curl: (6) Could not resolve host: example.org', 'loosened=network'],
  ['sudo: effective uid is not 0, is sudo installed setuid root?', 'loosened=new-privileges'],
  ["RuntimeError: can't start new thread", 'pidsMax'],
  ['OpenBLAS blas_thread_init: pthread_create failed for thread 3 of 8: Resource temporarily unavailable', 'pidsMax'],
  ['BlockingIOError: [Errno 11] Resource temporarily unavailable', 'pidsMax'],
  ['OSError: [Errno 24] Too many open files', '65536'],
  ['numpy.core._exceptions.MemoryError: Unable to allocate 8 GiB', 'memoryBytes'],
  ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', 'memoryBytes'],
  ["PermissionError: [Errno 1] Operation not permitted: '/output'", 'loosened=capabilities'],
  ["PermissionError: [Errno 13] Permission denied: '/weights.bin'", 'loosened=image-user'],
])('sees in %j what to do', (line, words) => {
  expect(failureHint(image, ['ValueError: unrelated', line])).toContain(words);
});

it.each(['ValueError: shapes (3,) and (4,) not aligned', 'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB'])(
  'sees nothing of ours in %j',
  (line) => {
    expect(failureHint(image, [line])).toBeNull();
  },
);

it('does not look at what was said long before the end', () => {
  const chatter = Array.from({ length: 20 }, (_, at) => `epoch ${at}`);
  expect(failureHint(image, ['warning: Network is unreachable', ...chatter])).toBeNull();
});

it('offers a model in a folder no setting that only a container has', () => {
  expect(failureHint(folder, ['connect: Network is unreachable'])).toBe(
    'Likely cause: models have no network. To do: put what it downloads into the model.',
  );
  expect(failureHint(folder, ['fork: retry: Resource temporarily unavailable'])).toContain('larger pidsMax');
});
