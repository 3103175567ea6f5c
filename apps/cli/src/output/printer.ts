import type { Writable } from 'node:stream';
import type { Format } from './format.ts';
import { plainJson, plainText } from './plain-text.ts';
import { type Column, tableLines } from './table.ts';
import { toYaml } from './yaml.ts';

/** Rows of a table are gathered so far before their columns' widths are settled; each further batch is a table of its own width. */
const ROWS_MAX = 1_000;

/** How one kind of thing is printed. */
export type View<Item> = { readonly columns: readonly Column<Item>[]; readonly name: (item: Item) => string };

/** Prints data to stdout in the format that was asked for. */
export class Printer {
  readonly #stdout: Writable;
  readonly format: Format;

  constructor(stdout: Writable, format: Format) {
    this.#stdout = stdout;
    this.format = format;
  }

  /** Prints several things. `empty` is told where there are none and people look. */
  async list<Item>(items: Iterable<Item> | AsyncIterable<Item>, view: View<Item>): Promise<number> {
    let count = 0;
    let rows: Item[] = [];
    for await (const item of items) {
      count++;
      if (this.format === 'jsonl') this.line(plainJson(item));
      else if (this.format === 'name') this.line(plainText(view.name(item)));
      else if (this.format === 'json') this.line(`${count === 1 ? '[' : ','}\n${indented(plainJson(item, 2))}`, '');
      else if (this.format === 'yaml') this.line(toYaml([item]).slice(1));
      else if (rows.push(item) === ROWS_MAX) rows = this.#table(rows, view);
    }
    if (this.format === 'json') this.line(count === 0 ? '[]' : '\n]');
    else if (this.format === 'yaml' && count === 0) this.line('[]');
    else if (rows.length > 0) this.#table(rows, view);
    return count;
  }

  /** Prints one thing; people see its fields one below the other. */
  one<Item>(item: Item, view: View<Item>): void {
    const text = this.#textOf(item, view);
    if (text !== null) {
      this.line(text);
      return;
    }
    const width = Math.max(...view.columns.map(({ title }) => title.length));
    for (const { title, text, style } of view.columns) {
      const plain = plainText(text(item));
      if (plain !== '') this.line(`${title.padEnd(width)}  ${style?.(plain, item) ?? plain}`);
    }
  }

  /** One thing for programs; null where people read. */
  #textOf<Item>(item: Item, view: View<Item>): string | null {
    if (this.format === 'json') return plainJson(item, 2);
    if (this.format === 'jsonl') return plainJson(item);
    if (this.format === 'yaml') return toYaml(item).slice(1);
    return this.format === 'name' ? plainText(view.name(item)) : null;
  }

  line(text: string, end = '\n'): void {
    this.#stdout.write(`${text}${end}`);
  }

  #table<Item>(rows: readonly Item[], view: View<Item>): Item[] {
    const columns = view.columns.filter(({ isWide = false }) => !isWide || this.format === 'wide');
    for (const line of tableLines(rows, columns)) this.line(line);
    return [];
  }
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}
