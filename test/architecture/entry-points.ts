/** Each entry point of package.json and the file behind it. */
export const entryPoints = {
  '.': 'src/index.ts',
  './http': 'src/http/index.ts',
  './testing': 'src/testing/index.ts',
  './orchestrator': 'src/orchestrator/index.ts',
  './keyv': 'src/keyv/index.ts',
} as const;

export type EntryPoint = keyof typeof entryPoints;
export type PublicNames = Readonly<Record<string, readonly string[]>>;

export const publicNamesFile = 'test/architecture/public-names.json';

const lists =
  /(?<internal>\/\*\*(?:(?!\*\/)[^])*@internal(?:(?!\*\/)[^])*\*\/\s*)?export\s+(?<type>type\s+)?\{(?<names>[^}]*)\}/g;

/**
 * The names in the export lists of an entry point, sorted, types as `type Name`. A list behind a docblock with
 * `@internal` is shared between our own folders and left out, as tsc leaves it out of the declarations.
 */
export function publicNames(text: string): string[] {
  return [...text.matchAll(lists)]
    .filter((list) => list.groups?.['internal'] === undefined)
    .flatMap(({ groups }) => namesIn(groups?.['names'] ?? '', groups?.['type'] !== undefined))
    .toSorted();
}

function namesIn(list: string, allTypes: boolean): string[] {
  return list
    .replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '')
    .split(',')
    .map((part) => /^(type\s+)?(?:\S+\s+as\s+)?(\S+)$/.exec(part.trim()))
    .flatMap((match) => (match?.[2] === undefined ? [] : [allTypes || match[1] ? `type ${match[2]}` : match[2]]));
}
