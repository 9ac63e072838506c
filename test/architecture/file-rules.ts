import type { SourceFile } from './source-file.js';

const maxLines = 300;

/** Files too long to be read in one sitting. */
export function longFiles(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length;
    return lines > maxLines ? [`${path}: ${lines} lines, at most ${maxLines} are allowed`] : [];
  });
}

/** `export * from`, which hides what a folder promises. */
export function starExports(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => file.exportsEverything)
    .map(({ path }) => `${path}: list the exports name by name, not with export *`);
}

/** `any` and comments that switch the compiler off. */
export function looseTypes(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text, usesAny }) => [
    ...(usesAny ? [`${path}: any; say unknown and parse it`] : []),
    ...(/@ts-(ignore|nocheck|expect-error)/.test(text)
      ? [`${path}: switches the compiler off with a @ts- comment`]
      : []),
  ]);
}

/** Where stdout may be touched, and why. Everywhere else it belongs to the wire: use the Logger port. */
export const outputAllowed: Readonly<Record<string, string>> = {
  'src/cli/': 'prints what a person asked for',
  'src/logging/': 'the guard that moves console and process.stdout to stderr',
};

/** `console` and `process.stdout` outside the files that own them. */
export function strayOutput(files: readonly SourceFile[]): string[] {
  const owners = Object.keys(outputAllowed);
  return files
    .filter(({ path }) => !owners.some((owner) => path.startsWith(owner)))
    .flatMap(({ path, outputs }) =>
      [...new Set(outputs)].map((output) => `${path}: ${output}; stdout is the wire, use the Logger`),
    );
}

const vagueWords = /(^|-)(utils?|helpers?|commons?|managers?|misc|impl)(-|\.|$)/;

/** Paths that are not kebab-case, or named after nothing. */
export function vagueNames(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path }) =>
    path.split('/').flatMap((part) => {
      if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?(\.ts)?$/.test(part)) return [`${path}: '${part}' is not kebab-case`];
      return vagueWords.test(part) ? [`${path}: '${part}' says nothing about what is inside`] : [];
    }),
  );
}
