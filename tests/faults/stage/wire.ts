import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A slow network passes pieces of this size, in turn over all connections, as packets share a cable. In bytes. */
const PACKET_BYTES = 1_024;

/** `sent`: from who connected to the far end. */
export type Direction = 'sent' | 'answered';

/** A connection that stands still at a certain place, until it is let go. */
export type Held = { readonly reached: Promise<void>; readonly isReached: () => boolean; release(): void };

type Trap = { pattern: RegExp; holds: Direction; spring: () => void; gate: Promise<void> };
type Pair = { readonly near: Socket; readonly far: Socket; readonly gates: Record<Direction, Promise<void>> };

const NEVER = new Promise<never>(() => {});
const OPEN = Promise.resolve();

/** A cable between two processes, on a port of loopback or a socket, that can be slow, silent, half dead, cut, or stop at a certain byte. */
export class Wire {
  readonly #target: NetConnectOpts;
  readonly #pairs = new Set<Pair>();
  readonly #traps = new Set<Trap>();
  readonly #server: Server;
  #silence: PromiseWithResolvers<void> | null = null;
  #bytesPerSecond = Number.POSITIVE_INFINITY;
  #delayMs = 0;
  #freeAtMs = 0;

  private constructor(target: NetConnectOpts) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#join(near));
  }

  /**
   * Puts a wire in front of an address: host and port, or the path of a socket.
   *
   * @param path of the socket where the wire begins; left out: a free port
   */
  static async to(target: NetConnectOpts, path?: string): Promise<Wire> {
    const wire = new Wire(target);
    await once(path === undefined ? wire.#server.listen(0, '127.0.0.1') : wire.#server.listen(path), 'listening');
    return wire;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on nothing gets through and nobody is told; what is sent comes once it is healed, as after a cable was pulled. */
  partition(): void {
    this.#silence ??= Promise.withResolvers<void>();
  }

  heal(): void {
    this.#silence?.resolve();
    this.#silence = null;
  }

  /** The connections that there are go silent for good; new ones work. */
  halfOpen(): void {
    for (const { gates } of this.#pairs) {
      gates.sent = NEVER;
      gates.answered = NEVER;
    }
  }

  /** Cuts every connection; new ones work. */
  cut(): void {
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.destroy();
  }

  /** All connections together pass so many bytes a second, each piece so many milliseconds late. */
  slow(bytesPerSecond: number, delayMs = 0): void {
    this.#bytesPerSecond = bytesPerSecond;
    this.#delayMs = delayMs;
  }

  /** Holds the connection on which something is sent that matches: before it (`sent`), or before its answer (`answered`). Once. */
  holdAt(pattern: RegExp, holds: Direction): Held {
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    let isReached = false;
    const trap: Trap = {
      pattern,
      holds,
      gate: gate.promise,
      spring: () => {
        isReached = true;
        this.#traps.delete(trap);
        resolve();
      },
    };
    this.#traps.add(trap);
    return { reached, isReached: () => isReached, release: () => gate.resolve() };
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
  }

  #join(near: Socket): void {
    const far = connect({ ...this.#target, allowHalfOpen: true, noDelay: true } as NetConnectOpts);
    const pair: Pair = { near, far, gates: { sent: OPEN, answered: OPEN } };
    this.#pairs.add(pair);
    const carried = [this.#carry(pair, near, far, 'sent'), this.#carry(pair, far, near, 'answered')];
    void Promise.all(carried).finally(() => this.#pairs.delete(pair));
  }

  /** Never rejects: an end that breaks is shown to the other end, once that can hear of it. */
  async #carry(pair: Pair, from: Socket, to: Socket, direction: Direction): Promise<void> {
    to.on('error', () => {});
    try {
      for await (const bytes of from as AsyncIterable<Buffer>) {
        for (let at = 0; at < bytes.length; at += this.#pieceBytes) {
          const piece = bytes.subarray(at, at + this.#pieceBytes);
          await this.#pass(pair, piece, direction);
          if (!to.write(piece) && !to.destroyed) await Promise.race([once(to, 'drain'), once(to, 'close')]).catch(() => {});
        }
      }
      await this.#canPass(pair, direction);
      to.end();
    } catch {
      await this.#canPass(pair, direction);
      to.destroy();
    }
  }

  get #pieceBytes(): number {
    return Number.isFinite(this.#bytesPerSecond) ? PACKET_BYTES : Number.MAX_SAFE_INTEGER;
  }

  async #pass(pair: Pair, piece: Buffer, direction: Direction): Promise<void> {
    if (direction === 'sent') this.#spring(pair, piece.toString('latin1'));
    await this.#canPass(pair, direction);
    if (this.#delayMs > 0) await pause(this.#delayMs);
    if (!Number.isFinite(this.#bytesPerSecond)) return;
    const nowMs = performance.now();
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + (1000 * piece.length) / this.#bytesPerSecond;
    await pause(this.#freeAtMs - nowMs);
  }

  async #canPass({ gates }: Pair, direction: Direction): Promise<void> {
    await gates[direction];
    while (this.#silence !== null) await this.#silence.promise;
  }

  #spring(pair: Pair, text: string): void {
    for (const trap of this.#traps) {
      if (!trap.pattern.test(text)) continue;
      pair.gates[trap.holds] = trap.gate;
      trap.spring();
    }
  }
}
