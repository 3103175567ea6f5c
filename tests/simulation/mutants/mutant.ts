/** A fault put into the product on purpose: a part of one of its files, and what stands there instead. */
export type Mutant = { readonly name: string; readonly file: string; readonly part: string; readonly instead: string };
