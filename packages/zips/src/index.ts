export type { ZipVerdict } from './check-zip.ts';
export { type Collected, type CollectSummary, collectFolder } from './collect-folder.ts';
export { type ExtractOptions, extractZip } from './extract-zip.ts';
export { isOverLimits } from './is-over-limits.ts';
export { OutputRefused } from './output-refused.ts';
export { findInStoredZip, listStoredZip, type StoredEntry, type ZipSource } from './stored-zip.ts';
export type { ZipSummary } from './walk-zip.ts';
export { createZipChecker, type ZipChecker, type ZipCheckerOptions } from './zip-checker.ts';
export { type FileToZip, zipFiles } from './zip-files.ts';
