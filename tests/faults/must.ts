/** Ends a row as failed, with what should have been, where it is not so. */
export function must(isSo: boolean, sentence: string): asserts isSo {
  if (!isSo) throw new Error(`not so: ${sentence}`);
}
