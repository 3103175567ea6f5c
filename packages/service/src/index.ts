export { isCrossOrigin } from './cross-origin.ts';
export { DOCS_ASSETS } from './docs-assets.ts';
export { createDocsPage, pagePolicy } from './docs-page.ts';
export { errorHandler } from './error-handler.ts';
export { type Caller, callerOf } from './keyless.ts';
export { createLog, type Log } from './log.ts';
export { type Loop, startLoop } from './start-loop.ts';
