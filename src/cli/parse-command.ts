import { parseArgs } from 'node:util';
import { didYouMean, messageOf } from '../foundation/index.js';

export const usage = `pywatt: runs modules under an orchestrator that owns their connections and secrets

  pywatt run                    start everything in the configuration; SIGTERM drains and exits 0
  pywatt status                 each module: whether it runs, and whether it is alive or slow
  pywatt secrets list           the secrets modules were granted, and which provider has each
  pywatt secrets set NAME       stores a secret in the first source of the configuration that can be written;
                                the value comes from standard input or a prompt, never from argv
  pywatt secrets rotate NAME    give a secret a new value in every running module, or in none (exit 1);
                                the value comes from standard input or a prompt, never from argv
  pywatt trace MODULE           the messages of a running module as they pass, secrets redacted, until Ctrl-C
  pywatt db status [MODULE]     the migrations of each module: applied or pending
  pywatt db migrate [MODULE]    applies what is pending, one process at a time; --dry-run prints the SQL
  pywatt db revert [MODULE]     takes the last migration back
  pywatt db diff [MODULE]       the SQL that would bring the tables in line with the entities
  pywatt --version              version, git hash, build time, Node version

  --config FILE   default: pywatt.config.yaml in the current directory
  --dry-run       with db migrate and db revert: prints the SQL and changes nothing
  --database NAME with db: only the database of that name; default: all of which the module has entities or migrations
  --json          print JSON`;

const dbActions = ['status', 'migrate', 'revert', 'diff'] as const;

export type Command =
  | { readonly kind: 'run' | 'status' | 'secrets-list' | 'version' | 'help' }
  | { readonly kind: 'secrets-rotate' | 'secrets-set'; readonly name: string }
  | { readonly kind: 'trace'; readonly module: string }
  | ({ readonly kind: 'db' } & DbCommand)
  | { readonly kind: 'unknown'; readonly message: string };

export interface DbCommand {
  readonly action: (typeof dbActions)[number];
  readonly dryRun: boolean;
  /** Default: every module that names its class. */
  readonly module?: string;
  /** Default: every one of which the module has entities or migrations. */
  readonly database?: string;
}

export interface ParsedCommand {
  readonly command: Command;
  readonly config: string;
  readonly json: boolean;
}

const commandNames = [
  'run',
  'status',
  'secrets list',
  'secrets set',
  'secrets rotate',
  'trace',
  ...dbActions.map((name) => `db ${name}`),
];
const options = {
  config: { type: 'string', default: 'pywatt.config.yaml' },
  json: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  database: { type: 'string' },
  version: { type: 'boolean', short: 'v' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What `argv` asks for. Never throws: what is not understood is a command of its own, which says what was meant. */
export function parseCommand(argv: readonly string[]): ParsedCommand {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options });
    const command: Command = values.version
      ? { kind: 'version' }
      : values.help
        ? { kind: 'help' }
        : commandOf(positionals, { dryRun: values['dry-run'], database: values.database });
    return { command, config: values.config, json: values.json };
  } catch (error) {
    const message = unknownOption(argv) ?? messageOf(error);
    return { command: { kind: 'unknown', message }, config: '', json: argv.includes('--json') };
  }
}

interface DbOptions {
  readonly dryRun: boolean;
  readonly database: string | undefined;
}

function commandOf(words: readonly string[], { dryRun, database }: DbOptions): Command {
  const [first, second, ...rest] = words;
  if (first === 'db') return dbCommandOf(second, rest, { dryRun, database });
  if (database !== undefined) return unknown('--database belongs to pywatt db');
  if (dryRun) return unknown('--dry-run belongs to pywatt db migrate and pywatt db revert');
  if (first === undefined || first === 'help') return { kind: 'help' };
  if (first === 'run' || first === 'status') return second === undefined ? { kind: first } : surplus(first, second);
  if (first === 'trace') return traceOf(second, rest[0]);
  if (first !== 'secrets') return unknown(`there is no command '${first}'${didYouMean(first, commandNames)}`);
  switch (second) {
    case 'list':
      return rest[0] === undefined ? { kind: 'secrets-list' } : surplus('secrets list', rest[0]);
    case 'set':
    case 'rotate':
      return valueOf(second, rest);
    case undefined:
      return unknown(
        'secrets needs another word: write pywatt secrets list, pywatt secrets set NAME, or pywatt secrets rotate NAME',
      );
    default:
      return unknown(`there is no command 'secrets ${second}'${didYouMean(`secrets ${second}`, commandNames)}`);
  }
}

function valueOf(word: 'set' | 'rotate', [name, another]: readonly string[]): Command {
  if (name === undefined) return unknown(`which secret? write pywatt secrets ${word} NAME`);
  // What stands after the name is most likely the value: it is not repeated.
  if (another !== undefined) return unknown('one secret at a time, and its value comes from standard input');
  return { kind: `secrets-${word}`, name };
}

function dbCommandOf(
  word: string | undefined,
  [module, another]: readonly string[],
  { dryRun, database }: DbOptions,
): Command {
  const action = dbActions.find((name) => name === word);
  if (word === undefined) return unknown(`db needs another word: ${dbActions.join(', ')}`);
  if (action === undefined) return unknown(`there is no command 'db ${word}'${didYouMean(`db ${word}`, commandNames)}`);
  if (another !== undefined)
    return unknown(`one module at a time, or all when none is named: '${another}' is too much`);
  if (dryRun && (action === 'status' || action === 'diff')) return unknown(`db ${action} changes nothing anyway`);
  return {
    kind: 'db',
    action,
    dryRun,
    ...(module !== undefined && { module }),
    ...(database !== undefined && { database }),
  };
}

function traceOf(module: string | undefined, another: string | undefined): Command {
  if (module === undefined) return unknown('which module? write pywatt trace MODULE');
  if (another !== undefined) return unknown(`one module at a time: start another pywatt trace for '${another}'`);
  return { kind: 'trace', module };
}

function surplus(command: string, word: string): Command {
  return unknown(`${command} takes no further word, such as '${word}'`);
}

function unknown(message: string): Command {
  return { kind: 'unknown', message };
}

function unknownOption(argv: readonly string[]): string | undefined {
  const { tokens } = parseArgs({ args: [...argv], allowPositionals: true, options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name in options) continue;
    const known = Object.keys(options).map((name) => `--${name}`);
    return `there is no option '${token.rawName}'${didYouMean(token.rawName, known)}`;
  }
  return undefined;
}
