/** Prints rows under a heading, the first column to the left and numbers to the right. */
export function printTable(heading: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  console.log(line(heading));
  console.log(widths.map((width) => '-'.repeat(width)).join('  '));
  for (const row of rows) console.log(line(row));
}

/** One target: what it asks, what was measured, and whether that is enough. */
export interface Target {
  readonly what: string;
  readonly measured: number;
  readonly unit: string;
  readonly direction: 'at most' | 'at least';
  readonly required: number;
  readonly ambitious?: number;
}

export function printTargets(targets: readonly Target[]): void {
  for (const { what, measured, unit, direction, required, ambitious } of targets) {
    const reaches = (value: number) => (direction === 'at most' ? measured <= value : measured >= value);
    const verdict = reaches(required) ? 'met' : 'not met';
    const more =
      ambitious === undefined ? '' : `; ambitious ${ambitious}${unit}: ${reaches(ambitious) ? 'met' : 'not met'}`;
    console.log(`${what}: ${measured.toFixed(2)}${unit}, ${direction} ${required}${unit}: ${verdict}${more}`);
  }
}
