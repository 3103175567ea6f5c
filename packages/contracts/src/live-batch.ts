import { LIVE_LOG, type LiveBatch, type LivePiece, type LogEnds } from '@inference/domain';
import { z } from 'zod';
import { storable } from './sentence.ts';

const textSchema = z.string().max(LIVE_LOG.batchBytesMax).overwrite(storable);

const offsetSchema = z.int().min(0).max(LIVE_LOG.streamBytesMax);

const pieceSchema = z
  .object({
    stream: z.enum(['stdout', 'stderr']),
    offset: offsetSchema,
    text: textSchema,
    open: z.boolean(),
  })
  .readonly();

const progressSchema = z
  .object({
    fraction: z.number().min(0).max(1).nullable(),
    text: z.string().overwrite((text) => storable(text.slice(0, LIVE_LOG.progressTextCharsMax))),
  })
  .readonly();

/** Where the log of each stream ends that was told. */
export const logEndsSchema: z.ZodType<LogEnds> = z.object({ stdout: offsetSchema, stderr: offsetSchema });

/** What a model prints, and how far it is, while it runs. Pieces of a stream follow each other, and only its last one may be open. */
export const liveBatchSchema: z.ZodType<LiveBatch> = z
  .object({
    pieces: z
      .array(pieceSchema)
      .max(LIVE_LOG.batchPiecesMax)
      .refine(follow, 'pieces of a stream must follow each other, and only the last may be open')
      .readonly(),
    progress: progressSchema.nullable(),
  })
  .readonly();

function follow(pieces: readonly LivePiece[]): boolean {
  const ends: Record<LivePiece['stream'], number> = { stdout: 0, stderr: 0 };
  return pieces.every(({ stream, offset, text, open }) => {
    const follows = offset >= ends[stream];
    ends[stream] = open ? Number.POSITIVE_INFINITY : offset + Buffer.byteLength(text);
    return follows;
  });
}
