import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';

/** One import or re-export: `static` loads the module at once, `dynamic` when the line runs, `type` never. */
export interface ModuleImport {
  readonly from: string;
  readonly form: 'static' | 'dynamic' | 'type';
  readonly names: readonly string[];
}

/** What the rules need to know about one file; read from its syntax tree, so comments and strings cannot mislead. */
export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly ModuleImport[];
  readonly exportsEverything: boolean;
  readonly usesAny: boolean;
  /** `console` and `process.stdout`, as they are written. */
  readonly outputs: readonly string[];
}

type Node = { readonly [key: string]: unknown };

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;
const textOf = (node: unknown): string => (isNode(node) && typeof node['value'] === 'string' ? node['value'] : '');

export function parseSource(path: string, text: string): SourceFile {
  const imports: ModuleImport[] = [];
  const outputs: string[] = [];
  let exportsEverything = false;
  let usesAny = false;
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (!isNode(node)) return;
    const moduleImport = importOf(node);
    if (moduleImport) imports.push(moduleImport);
    const output = outputOf(node);
    if (output) outputs.push(output);
    exportsEverything ||= node['type'] === 'ExportAllDeclaration';
    usesAny ||= node['type'] === 'TsKeywordType' && node['kind'] === 'any';
    Object.values(node).forEach(visit);
  };
  visit(parseSync(text, { syntax: 'typescript', decorators: true, target: 'es2022' }).body);
  return { path, text, imports, exportsEverything, usesAny, outputs };
}

/** Every `.ts` file below `folder` of the repository at `root`. */
export function readSources(root: string, folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts'))
    .toSorted()
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')));
}

function importOf(node: Node): ModuleImport | undefined {
  switch (node['type']) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return isNode(node['source']) ? declarationImport(node, textOf(node['source'])) : undefined;
    case 'TsImportType':
      return { from: textOf(node['argument']), form: 'type', names: [] };
    case 'CallExpression':
      return dynamicImport(node);
    default:
      return undefined;
  }
}

function declarationImport(node: Node, from: string): ModuleImport {
  const specifiers = (node['specifiers'] ?? []) as Node[];
  const names = specifiers.map((specifier) => textOf(specifier['imported'] ?? specifier['orig'] ?? specifier['local']));
  // `import { type A } from 'a'` keeps its import under verbatimModuleSyntax and loads the module; `import type` does not.
  return { from, form: node['typeOnly'] === true ? 'type' : 'static', names };
}

function dynamicImport(call: Node): ModuleImport | undefined {
  if (!isNode(call['callee']) || call['callee']['type'] !== 'Import') return undefined;
  const [first] = call['arguments'] as Node[];
  const from = textOf(first?.['expression']);
  return from === '' ? undefined : { from, form: 'dynamic', names: [] };
}

/** `console`, `globalThis.console`, `process.stdout`, however they are reached. */
function outputOf(node: Node): string | undefined {
  switch (node['type']) {
    case 'MemberExpression': {
      const written = `${textOf(node['object'])}.${textOf(node['property'])}`;
      return ['process.stdout', 'globalThis.console'].includes(written) || written.startsWith('console.')
        ? written
        : undefined;
    }
    case 'VariableDeclarator':
      return destructuredOutput(node) ?? (textOf(node['init']) === 'console' ? 'console' : undefined);
    case 'ImportDeclaration':
      return textOf(node['source']) === 'node:process' && declarationImport(node, '').names.includes('stdout')
        ? 'process.stdout'
        : undefined;
    default:
      return undefined;
  }
}

function destructuredOutput(declarator: Node): string | undefined {
  const properties = isNode(declarator['id']) ? declarator['id']['properties'] : undefined;
  if (!Array.isArray(properties) || textOf(declarator['init']) !== 'process') return undefined;
  return properties.some((property: Node) => textOf(property['key']) === 'stdout') ? 'process.stdout' : undefined;
}
