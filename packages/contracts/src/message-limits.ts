import { LOG_TAIL } from '@inference/domain';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bounds of what consumers and the private API say to each other. The unit is the end of the name. */
export const MESSAGE_LIMITS = {
  /** A consumer's id, and the id of one of its boots. */
  idCharsMax: 128,
  gpusMax: 1024,
  deviceUuidCharsMax: 128,
  /** The name of a device, of a link group, and of a node's label, and the value of that. */
  nameCharsMax: 128,
  /** Link groups of one device. */
  groupsMax: 8,
  /** Labels of one node. */
  nodeLabelsMax: 32,
  /** Sentences for people: why a pool is closed, why an attempt failed, a line of progress, a warning. Longer ones are cut. */
  sentenceCharsMax: 2_000,
  /** Warnings of one output; what is more is left out. */
  warningsMax: 200,
  imageCharsMax: 1_024,
  fileKeyCharsMax: 256,
  /** Models in folders of one consumer. */
  folderModelsMax: 200,
  /** A task that is handed back is due again after so long at most, in milliseconds. */
  handBackDelayMsMax: 3_600_000,
  /** Attempts in the hands of one consumer. */
  holdingMax: 8_192,
  logLinesMax: LOG_TAIL.linesMax,
  logLineCharsMax: LOG_TAIL.lineCharsMax,
  /** One log tail, in bytes of UTF-8: of a longer one, the oldest lines are left out. */
  logTailBytesMax: MIB,
  /** The body of a message, as JSON, ... */
  bodyBytesMax: 64 * KIB,
  /** ... that of a hello, which may name as many models as there may be, each with a description, ... */
  helloBytesMax: 4 * MIB,
  /** ... and that of a report, whose two log tails may be six times as long once they are written as JSON. */
  reportBytesMax: 16 * MIB,
  /** Live output: 64 KiB of text may be six times as long once it is written as JSON, and its pieces have names. */
  liveBytesMax: 512 * KIB,
  /** The answer to whether an attempt should stop is held so long, in milliseconds, while it should not. */
  stopHeldMs: 20_000,
  /** An answer of the private API, as JSON. */
  answerBytesMax: MIB,
} as const;
