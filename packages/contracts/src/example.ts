/** What the OpenAPI documents show, and fill in on the page: the models that are shipped, and what the README makes of them. */
export const EXAMPLE = {
  /** No server has it: the ids of tasks are random. */
  task: 'q3Zb1n0yX2VtVd5s9kQw7uHc4rJ8mLpA6eTgYfRzN0o',
  /** No server has it either. */
  keyPrefix: 'AbCd1234',
  model: 'word-count',
  /** What that model writes. */
  outputFile: 'word-count.csv',
  newModel: 'my-model',
  /** The README builds it. */
  image: 'my-lab/word-count:1',
} as const;
