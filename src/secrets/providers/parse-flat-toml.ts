import { ValueError } from '../../foundation/index.js';

const line = /^(?:"([^"\\]+)"|([A-Za-z0-9_-]+))\s*=\s*(?:("(?:[^"\\]|\\.)*")|'([^']*)')\s*(?:#.*)?$/;

/**
 * A flat TOML file of strings, as the Rust SDK keeps secrets in: `NAME = "value"`, one a line. Throws `ValueError` naming
 * the line, never what stands in it.
 */
export function parseFlatToml(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const [, quoted, bare, basic, literal] = line.exec(trimmed) ?? [];
    const name = quoted ?? bare;
    if (name === undefined) throw new ValueError(`line ${index + 1} is not NAME = "value"`);
    if (Object.hasOwn(values, name)) throw new ValueError(`line ${index + 1} names a secret a second time`);
    values[name] = basic === undefined ? (literal ?? '') : unescaped(basic, index + 1);
  }
  return values;
}

/** Basic strings are written as in JSON, but for `\UXXXXXXXX` and `\e`. */
function unescaped(quoted: string, lineNumber: number): string {
  try {
    const json = quoted.replaceAll(/\\(?:U([0-9A-Fa-f]{8})|(.))/g, (all, long: string | undefined) =>
      long === undefined ? all : JSON.stringify(String.fromCodePoint(Number.parseInt(long, 16))).slice(1, -1),
    );
    return JSON.parse(json) as string;
  } catch {
    throw new ValueError(`line ${lineNumber} has an escape that TOML does not know`);
  }
}
