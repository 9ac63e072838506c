import { ValueError } from '../../foundation/index.js';

/**
 * Splits a command line into program and arguments as a POSIX shell would for spaces, quotes and backslashes. Nothing
 * else of a shell is meant: variables, globs, pipes and redirections stay literal text. Throws `ValueError`.
 */
export function splitCommand(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let index = 0; index < line.length; index++) {
    const character = line[index]!;
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else if (character === '\\' && quote === '"' && isEscapable(line[index + 1])) word += line[++index]!;
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === '\\' && index + 1 < line.length) {
      word = (word ?? '') + line[++index]!;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== undefined) throw new ValueError(`a quote (${quote}) is never closed`);
  if (word !== undefined) words.push(word);
  if (!words[0]) throw new ValueError("names no program: write one, such as 'node dist/main.js'");
  return words;
}

/** Inside double quotes a backslash only escapes these; before anything else it stands for itself. */
function isEscapable(character: string | undefined): boolean {
  return character === '"' || character === '\\';
}
