import { parseArgs } from 'node:util';
import { didYouMean, messageOf } from '../foundation/index.js';

export const usage = `pywatt: runs modules under an orchestrator that owns their connections and secrets

  pywatt run                    start everything in the configuration; SIGTERM drains and exits 0
  pywatt secrets list           the secrets modules were granted, and which provider has each
  pywatt secrets rotate NAME    give a secret a new value in every running module, or in none (exit 1);
                                the value comes from standard input or a prompt, never from argv
  pywatt --version              version, git hash, build time, Node version

  --config FILE   default: pywatt.config.yaml in the current directory
  --json          print JSON`;

export type Command =
  | { readonly kind: 'run' | 'secrets-list' | 'version' | 'help' }
  | { readonly kind: 'secrets-rotate'; readonly name: string }
  | { readonly kind: 'unknown'; readonly message: string };

export interface ParsedCommand {
  readonly command: Command;
  readonly config: string;
  readonly json: boolean;
}

const commandNames = ['run', 'secrets list', 'secrets rotate'];

export function parseCommand(argv: readonly string[]): ParsedCommand {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        config: { type: 'string', default: 'pywatt.config.yaml' },
        json: { type: 'boolean', default: false },
        version: { type: 'boolean', short: 'v' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const command: Command = values.version
      ? { kind: 'version' }
      : values.help
        ? { kind: 'help' }
        : commandOf(positionals);
    return { command, config: values.config, json: values.json };
  } catch (error) {
    return { command: { kind: 'unknown', message: messageOf(error) }, config: '', json: false };
  }
}

function commandOf(words: readonly string[]): Command {
  const [first, second, name, ...rest] = words;
  if (first === undefined) return { kind: 'help' };
  if (first === 'run' && words.length === 1) return { kind: 'run' };
  if (first === 'secrets' && second === 'list' && name === undefined) return { kind: 'secrets-list' };
  if (first === 'secrets' && second === 'rotate') {
    if (name !== undefined && rest.length === 0) return { kind: 'secrets-rotate', name };
    const problem =
      name === undefined
        ? 'which secret? write pywatt secrets rotate NAME'
        : 'one secret at a time, and its value comes from standard input';
    return { kind: 'unknown', message: problem };
  }
  const words2 = words.slice(0, 2).join(' ');
  return { kind: 'unknown', message: `there is no command '${words2}'${didYouMean(words2, commandNames)}` };
}
