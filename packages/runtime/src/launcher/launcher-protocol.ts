import type { Failure, LogStream, ModelLimits } from '@inference/domain';
import type { AttemptRef, Prepared, RunEnd } from '../model-runtime.ts';

/** What a launcher can be asked: `POST /NAME` with a JSON object, on its socket. Nothing else is answered. */
export type LauncherRoute = 'check' | 'prepare' | 'run' | 'adopt' | 'follow' | 'stop' | 'release' | 'sweep';

/** The header that says which messages a consumer speaks, and which those are: raise it when one changes. A line of another kind is let be. */
export const PROTOCOL_HEADER = 'x-launcher-protocol';
export const PROTOCOL = '1';

/** A message is at most so long, in bytes: a sweep names all attempts that run. */
export const MESSAGE_BYTES_MAX = 512 * 1024;

/** What every message says: which consumer asks, by the name of its folder below WORK_DIR, and which start of it. */
export type Caller = { readonly consumer: string; readonly boot: string };

/** All that a launcher is told of a container. The rest of the container it makes up itself. */
export type SentOrder = AttemptRef & {
  readonly image: string;
  readonly pinnedImage: string | null;
  /** Where the consumer has put them; the launcher takes no other folders than those that it would name itself. */
  readonly folders: { readonly input: string; readonly output: string; readonly model: string | null };
  readonly gpuUuids: readonly string[];
  readonly loosened: readonly string[];
  readonly limits: ModelLimits;
};

/** A line of an answer that comes bit by bit. */
export type LauncherLine =
  /** The launcher has the order, and can be told to stop it. */
  | { readonly kind: 'begun' }
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'output'; readonly stream: LogStream; readonly text: string }
  | { readonly kind: 'closing' }
  | { readonly kind: 'hung'; readonly failure: Failure }
  | { readonly kind: 'prepared'; readonly prepared: Prepared }
  /** There is no model to follow. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'end'; readonly end: RunEnd };

/** Why something was not done: a sentence for people, and the failure of the attempt where the launcher knows its class. */
export type Refusal = { readonly error: string; readonly failure?: Failure };
