import { describe, expect, it } from '@jest/globals';
import { splitCommand } from '../../../../src/orchestrator/config/split-command.js';

describe('splitCommand', () => {
  it.each([
    ['node dist/main.js', ['node', 'dist/main.js']],
    ['  node \t main.js  ', ['node', 'main.js']],
    ['node "my file.js"', ['node', 'my file.js']],
    ['node \'it is "quoted"\'', ['node', 'it is "quoted"']],
    ['node my\\ file.js', ['node', 'my file.js']],
    ['node "a \\"b\\" \\n"', ['node', 'a "b" \\n']],
    ['node --title="a b"c', ['node', '--title=a bc']],
    ["node ''", ['node', '']],
    ['node $HOME/*.js | cat; echo `id` > x', ['node', '$HOME/*.js', '|', 'cat;', 'echo', '`id`', '>', 'x']],
  ])('splits %j into %j', (line, words) => {
    expect(splitCommand(line)).toEqual(words);
  });

  it('refuses a quote that is never closed', () => {
    expect(() => splitCommand('node "main.js')).toThrow('a quote (") is never closed');
  });

  it.each(['', '   ', "''"])('refuses %j, which names no program', (line) => {
    expect(() => splitCommand(line)).toThrow('names no program');
  });
});
