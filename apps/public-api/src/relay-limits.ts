import { ZIP_LIMITS } from '@inference/domain';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Every limit of the relay. The unit is the end of the name. */
export type RelayLimits = {
  /** The zip in a request body, ... */
  readonly zipBytesMax: number;
  /** ... and what may be around it in a multipart body. */
  readonly partsBytesMax: number;
  /** A client that neither sends nor takes a byte for so long, while it is its turn, is cut off. */
  readonly idleTimeoutMs: number;
  /** How long a refused upload is read and thrown away, so that its sender gets to read the refusal. */
  readonly lingerMs: number;
  /** How long an upstream may be silent that gives signs of life every 10 seconds; ... */
  readonly upstreamSilentMs: number;
  /** ... and any other one: the check of the largest zip takes about 15 minutes. */
  readonly upstreamTimeoutMs: number;
  /** At least `connectionsMax`, or slow uploads would keep quick requests waiting for a socket. */
  readonly upstreamSocketsMax: number;
  readonly upstreamFreeSocketsMax: number;
  readonly connectionsMax: number;
  /** How many requests one connection may send ahead of their answers. */
  readonly pipelinedMax: number;
  /** From the first byte of a request (or the accepted connection) to the end of its headers. */
  readonly headersTimeoutMs: number;
  /** From the first to the last byte of a request. */
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly headerBytesMax: number;
  readonly headersMax: number;
};

export const RELAY_LIMITS: RelayLimits = {
  zipBytesMax: ZIP_LIMITS.archiveBytesMax,
  partsBytesMax: MIB,
  idleTimeoutMs: 60_000,
  lingerMs: 30_000,
  upstreamSilentMs: 25_000,
  upstreamTimeoutMs: 30 * 60_000,
  upstreamSocketsMax: 1000,
  upstreamFreeSocketsMax: 64,
  connectionsMax: 1000,
  pipelinedMax: 16,
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 24 * 3600 * 1000,
  keepAliveTimeoutMs: 65_000,
  headerBytesMax: 16 * KIB,
  headersMax: 100,
};
