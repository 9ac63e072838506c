import { posix } from 'node:path';
import type { SourceFile } from './source-file.js';

/** Folder of src to the folders it may import; `index.ts` stands for the entry point that belongs to no folder. */
export type ImportTable = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads the table under `| folder | may import |` in docs/architecture.md. */
export function parseImportTable(markdown: string): ImportTable {
  const lines = markdown.split('\n');
  const header = lines.findIndex((line) => /^\| folder +\| may import +\|/.test(line));
  if (header === -1) throw new Error('docs/architecture.md has no table headed | folder | may import |');
  const rows = lines.slice(header + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return new Map(
    rows.slice(0, end === -1 ? rows.length : end).map((row) => {
      const [, folder = '', allowed = ''] = row.split('|').map((cell) => cell.replaceAll('`', '').trim());
      return [folder, new Set(allowed === 'nothing of ours' ? [] : allowed.split(/,\s*/))];
    }),
  );
}

/** The first folder below src, or the file name for a file directly in src. */
export const folderOf = (path: string): string => path.split('/')[1] ?? '';

/** The repository path of a relative import, as a `.ts` file. */
export const targetOf = (file: SourceFile, from: string): string =>
  posix.join(posix.dirname(file.path), from).replace(/\.js$/, '.ts');

/** Imports of our own files that the table forbids, that reach past another folder's index.ts or that miss `.js`. */
export function forbiddenImports(files: readonly SourceFile[], table: ImportTable): string[] {
  return files.flatMap((file) => {
    const folder = folderOf(file.path);
    const allowed = table.get(folder);
    if (!allowed) return [`${file.path}: '${folder}' has no row in the import table`];
    return file.imports
      .filter(({ from }) => from.startsWith('.'))
      .flatMap(({ from, names }) => {
        const target = targetOf(file, from);
        const targetFolder = folderOf(target);
        if (!target.startsWith('src/')) return [`${file.path}: '${from}' leaves src`];
        if (!from.endsWith('.js')) return [`${file.path}: '${from}' does not end in .js`];
        if (targetFolder === folder) return [];
        if (!allowed.has(targetFolder)) return [`${file.path}: ${folder} may not import ${targetFolder} ('${from}')`];
        if (target !== `src/${targetFolder}/index.ts`)
          return [`${file.path}: '${from}' reaches past ${targetFolder}/index.ts`];
        return folder === 'orchestrator' ? moduleSideNames(file.path, names) : [];
      });
  });
}

/** The orchestrator holds the real backends: it needs brokers and direct implementations, never the module's end. */
function moduleSideNames(path: string, names: readonly string[]): string[] {
  return names
    .filter((name) => /^(Proxied|Inject)[A-Z]/.test(name))
    .map((name) => `${path}: orchestrator may not import ${name}, which is the module's end`);
}

/** Every group of files that import each other, types included, as one `a → b → a` line. */
export function importCycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const finished = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) return void cycles.push([...trail.slice(start), path].join(' → '));
    const file = byPath.get(path);
    if (!file || finished.has(path)) return;
    for (const { from } of file.imports) if (from.startsWith('.')) walk(targetOf(file, from), [...trail, path]);
    finished.add(path);
  };
  for (const file of files) walk(file.path, []);
  return cycles;
}
