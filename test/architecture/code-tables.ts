/** One row of docs/errors.md. */
export interface CodeRow {
  readonly family: string;
  readonly code: string;
  readonly happened: string;
  readonly cure: string;
}

/** Rows `| CODE | what happened | what to do |`, each under a heading that begins with its family: "## `cache` …". */
export function parseCodeTables(markdown: string): CodeRow[] {
  const rows: CodeRow[] = [];
  let family = '';
  for (const line of markdown.split('\n')) {
    family = /^## `(\w+)`/.exec(line)?.[1] ?? family;
    const row = /^\| `([A-Z_]+)` \|([^|]*)\|([^|]*)\|$/.exec(line);
    if (row) rows.push({ family, code: row[1] ?? '', happened: (row[2] ?? '').trim(), cure: (row[3] ?? '').trim() });
  }
  return rows;
}

/** What stands on one side only, or twice in the document. */
export function differences(
  inCode: Readonly<Record<string, readonly string[]>>,
  documented: readonly CodeRow[],
): string[] {
  const code = Object.entries(inCode).flatMap(([family, codes]) => codes.map((name) => `${family} ${name}`));
  const rows = documented.map((row) => `${row.family} ${row.code}`);
  return [
    ...code.filter((name) => !rows.includes(name)).map((name) => `${name} is not in docs/errors.md`),
    ...rows.filter((name) => !code.includes(name)).map((name) => `${name} is only in docs/errors.md`),
    ...rows.filter((name, index) => rows.indexOf(name) !== index).map((name) => `${name} is in docs/errors.md twice`),
  ];
}
