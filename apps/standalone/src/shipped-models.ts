/**
 * The example models by the SHA-256 of their folders. Where a machine has no sandbox, these, unchanged, are all that the process
 * runtime runs.
 */
export const SHIPPED_MODELS: ReadonlyMap<string, string> = new Map([
  ['resize-image', 'bcd7f812f2c54ef00b2d3543038dd0f2179dbed8eae308d90bd2b803db00e248'],
  ['slow-echo', '68ac70147129ef8b64cbff6fed89fb6dd7ea07bd44b4cb82ca189817a61c9300'],
  ['word-count', '5fd3169e54d9e86993359419317d46d2f5fdf816ff50db9f906946ed4b52d37d'],
]);
