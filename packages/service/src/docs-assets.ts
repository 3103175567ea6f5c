/** The files of the docs page: all of the package's folder that its page loads, and nothing else of it. */
export const DOCS_ASSETS: readonly string[] = [
  'favicon-16x16.png',
  'favicon-32x32.png',
  'swagger-ui-bundle.js',
  'swagger-ui-init.js',
  'swagger-ui-standalone-preset.js',
  'swagger-ui.css',
];
