import type { AppError } from '@inference/domain';

/** The body of a refusal outside of /api/v1; wrong fields are worded as FastAPI words them. */
export function refusalBody(error: AppError): string {
  return JSON.stringify({ detail: error.fields.length > 0 ? error.fields : error.message, code: error.code });
}
