/** How much of a name is shown in a message, in characters. */
const SHOWN_CHARS_MAX = 80;

// Controls, format characters (bidi and zero-width), private use, lone surrogates, separators other than the plain space.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}"\\]|(?! )\p{Zs}/gu;

/** A name as it may stand in a message: in quotes, cut, and without any character that could steer a terminal or a page. */
export function quoteName(name: string): string {
  const cut = name.length > SHOWN_CHARS_MAX ? `${name.slice(0, SHOWN_CHARS_MAX)}...` : name;
  return `"${cut.replace(UNPRINTABLE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)}"`;
}
