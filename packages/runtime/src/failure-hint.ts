import type { Loosened, ModelLimits, ModelSpec } from '@inference/domain';

/** Only so many of the last lines of stderr are searched: an old warning is not why the model ended. */
const HINT_LINES = 10;
const MIB = 1024 * 1024;

type Rule = {
  readonly pattern: RegExp;
  /** Which of our settings it likely met. */
  readonly cause: (limits: ModelLimits) => string;
  /** What the author of the model can do. */
  readonly advice: string;
  /** What the admin can do: a setting to loosen, or a limit to raise. */
  readonly loosen?: Loosened;
  readonly raise?: keyof ModelLimits;
};

/** The first rule that fits a line wins, so the exact ones come first. */
const HINT_RULES: readonly Rule[] = [
  {
    pattern: /bus error|\/dev\/shm|shared memory|\bshm\b.*(space|size|memory)/i,
    cause: ({ shmBytes }) => `/dev/shm holds at most ${mib(shmBytes)} MiB`,
    advice: 'use fewer loader processes',
    raise: 'shmBytes',
  },
  {
    pattern: /file size limit exceeded|file too large|EFBIG/i,
    cause: ({ outputBytes, memoryBytes }) => `no file may be larger than ${mib(Math.max(outputBytes, memoryBytes))} MiB`,
    advice: 'write smaller files',
    raise: 'outputBytes',
  },
  {
    pattern: /no space left on device|ENOSPC/i,
    cause: () => 'files in /tmp, the home folder and the volumes of its image lie in memory, up to half of the memory limit',
    advice: 'write large files to /output',
    raise: 'memoryBytes',
  },
  {
    pattern: /read-only file ?system|EROFS/i,
    cause: () => 'only /output, /tmp and the home folder can be written',
    advice: 'write there',
    loosen: 'writable-root',
  },
  {
    pattern:
      /network is unreachable|temporary failure in name resolution|name or service not known|could not resolve host|bad address|ENETUNREACH|ENOTFOUND|EAI_AGAIN|getaddrinfo|failed to establish a new connection/i,
    cause: () => 'models have no network',
    advice: 'put what it downloads into the model',
    loosen: 'network',
  },
  {
    pattern: /no new privileges|effective uid is not 0|must be (run as|suid|setuid) root/i,
    cause: () => 'programs such as sudo cannot gain rights here',
    advice: 'do without them',
    loosen: 'new-privileges',
  },
  {
    pattern: /can.?t fork|cannot fork|fork: |resource temporarily unavailable|EAGAIN|can't start new thread|pthread_create/i,
    cause: ({ pidsMax }) => `it may have ${pidsMax} processes and threads`,
    advice: 'use fewer workers',
    raise: 'pidsMax',
  },
  {
    pattern: /too many open files|EMFILE|ENFILE/i,
    cause: () => 'a process may have 65536 files open at once',
    advice: 'close files that are done with',
  },
  {
    pattern: /^(?!.*(CUDA|GPU|device)).*(out of memory|cannot allocate memory|memory exhausted|std::bad_alloc|MemoryError|ENOMEM)/i,
    cause: ({ memoryBytes }) => `its memory limit is ${mib(memoryBytes)} MiB`,
    advice: 'use less memory',
    raise: 'memoryBytes',
  },
  {
    pattern: /operation not permitted|EPERM/i,
    cause: () => 'models run without any capability',
    advice: 'do not change owners or the system',
    loosen: 'capabilities',
  },
  {
    pattern: /permission denied|EACCES/i,
    cause: () => "models run as an unprivileged user, not as the image's own",
    advice: 'make its files readable to everyone',
    loosen: 'image-user',
  },
];

/**
 * Which of our own settings likely made a model fail, and what can be done, in a sentence; null where nothing points at one.
 *
 * @param lines the last lines of stderr, oldest first
 */
export function failureHint(model: ModelSpec, lines: readonly string[]): string | null {
  for (const line of lines.slice(-HINT_LINES).reverse()) {
    const rule = HINT_RULES.find(({ pattern }) => pattern.test(line));
    if (rule === undefined) continue;
    if (rule.loosen !== undefined && model.loosened.includes(rule.loosen)) return null;
    return `Likely cause: ${rule.cause(model.limits)}. To do: ${rule.advice}${register(rule, model)}.`;
  }
  return null;
}

function register(rule: Rule, model: ModelSpec): string {
  if (rule.raise !== undefined) return `, or register the model with a larger ${rule.raise}`;
  // The process runtime loosens nothing: only a container of the same model can have the setting.
  if (rule.loosen === undefined || model.source.kind === 'folder') return '';
  return `, or register the model with loosened=${rule.loosen}`;
}

function mib(bytes: number): number {
  return Math.round(bytes / MIB);
}
