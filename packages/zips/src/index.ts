export type { ZipVerdict } from './check-zip.ts';
export { type ExtractOptions, extractZip } from './extract-zip.ts';
export type { ZipSummary } from './walk-zip.ts';
export { createZipChecker, type ZipChecker, type ZipCheckerOptions } from './zip-checker.ts';
