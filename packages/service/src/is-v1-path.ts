/** Whether an address, with or without a query, belongs to /api/v1, whose refusals are problem documents. */
export function isV1Path(url: string | undefined): boolean {
  return /^\/api\/v1(?:[/?]|$)/.test(url ?? '');
}
