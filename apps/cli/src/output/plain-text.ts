// What a terminal obeys instead of showing it (control characters, but for the tab), what turns text around, and halves of surrogate pairs.
const COMMANDS = /(?!\t)\p{Cc}|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu;

/** Text of strangers as it may stand on a terminal, in one line: what is no plain character is written as \u001b and the like. */
export function plainText(text: string): string {
  return text.replace(COMMANDS, escaped);
}

/** The same for text of several lines: line feeds stay. */
export function plainLines(text: string): string {
  return text.replace(COMMANDS, (char) => (char === '\n' ? char : escaped(char)));
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A value as JSON in which nothing is left that a terminal would obey. */
export function plainJson(value: unknown, indent?: number): string {
  return plainLines(JSON.stringify(value, null, indent));
}
