import type { ZipLimits } from '@inference/domain';
import type { ZipVerdict } from './check-zip.ts';

/** What the pool asks of a check process. */
export type CheckRequest = { readonly path: string; readonly limits: ZipLimits };

/** What a check process answers: `ready` once, then per request at most one `directory` and exactly one `verdict` or `failed`. */
export type CheckReply =
  | { readonly kind: 'ready' }
  /** The declared content, which sets how much processor time the check may take. */
  | { readonly kind: 'directory'; readonly contentBytes: number }
  | { readonly kind: 'verdict'; readonly verdict: ZipVerdict }
  /** The file could not be read: an outage, not the fault of the zip. */
  | { readonly kind: 'failed'; readonly message: string };
