/** Reads what another parser reads, or the word `none`. It is not null: commander would take that for an empty text. */
export function orNone<Value>(parse: (text: string) => Value): (text: string) => Value | 'none' {
  return (text) => (text === 'none' ? 'none' : parse(text));
}
