import { stripVTControlCharacters } from 'node:util';
import { plainText } from './plain-text.ts';

/** How something is shown to people. */
export type Column<Item> = {
  readonly title: string;
  /** Its text, of strangers: it is made harmless here. */
  readonly text: (item: Item) => string;
  /** Shown for `-o wide` only. */
  readonly isWide?: boolean;
  readonly isNumber?: boolean;
  /** Colours the text, which is harmless by then. */
  readonly style?: (text: string, item: Item) => string;
};

/** Lines of a table: titles in capitals, columns two spaces apart. */
export function tableLines<Item>(items: readonly Item[], columns: readonly Column<Item>[]): string[] {
  const rows = items.map((item) => columns.map(({ text, style }) => cellOf(plainText(text(item)), item, style)));
  const titles = columns.map(({ title }) => title.toUpperCase());
  const widths = titles.map((title, at) => Math.max(title.length, ...rows.map((row) => widthOf(row[at] ?? ''))));
  return [titles, ...rows].map((row) =>
    row
      .map((cell, at) => padded(cell, widths[at] ?? 0, columns[at]?.isNumber))
      .join('  ')
      .trimEnd(),
  );
}

function cellOf<Item>(text: string, item: Item, style: Column<Item>['style']): string {
  return style === undefined || text === '' ? text : style(text, item);
}

function padded(cell: string, width: number, isNumber = false): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(cell)));
  return isNumber ? space + cell : cell + space;
}

function widthOf(cell: string): number {
  return [...stripVTControlCharacters(cell)].length;
}
