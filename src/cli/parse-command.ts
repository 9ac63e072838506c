import { parseArgs } from 'node:util';
import { didYouMean, messageOf } from '../foundation/index.js';

export const usage = `pywatt: runs modules under an orchestrator that owns their connections and secrets

  pywatt run                    start everything in the configuration; SIGTERM drains and exits 0
  pywatt status                 each module: whether it runs, and whether it is alive or slow
  pywatt secrets list           the secrets modules were granted or the orchestrator uses, and which provider has each
  pywatt secrets set NAME       stores a secret in the first source of the configuration that can be written;
                                the value comes from standard input or a prompt, never from argv
  pywatt secrets rotate NAME... give secrets new values in every running module, or in none (exit 1); the
                                values come from standard input or a prompt, never from argv: one as it
                                is, several as JSON or as lines NAME=value; --deadline 30s, --overlap 5m
  pywatt secrets adopt NAME...  rotate to the values that these secrets have where they are kept
  pywatt secrets history NAME   what was done with a secret, by whom and when; never a value
  pywatt secrets verify-audit   whether the audit log is what was written (exit 1 when a line is not)
  pywatt trace MODULE           the messages of a running module as they pass, secrets redacted, until Ctrl-C
  pywatt db status [MODULE]     the migrations of each module: applied or pending
  pywatt db migrate [MODULE]    applies what is pending, one process at a time; --dry-run prints the SQL
  pywatt db revert [MODULE]     takes the last migration back
  pywatt db diff [MODULE]       the SQL that would bring the tables in line with the entities
  pywatt --version              version, git hash, build time, Node version

  --config FILE   default: pywatt.config.yaml in the current directory
  --deadline, --overlap   with secrets rotate and adopt: how long modules have, and the old value lives
  --dry-run       with db migrate and db revert: prints the SQL and changes nothing
  --database NAME with db: only the database of that name; default: all of which the module has entities or migrations
  --json          print JSON`;

const dbActions = ['status', 'migrate', 'revert', 'diff'] as const;

export type Command =
  | { readonly kind: 'run' | 'status' | 'version' | 'help' }
  | SecretsCommand
  | { readonly kind: 'trace'; readonly module: string }
  | ({ readonly kind: 'db' } & DbCommand)
  | { readonly kind: 'unknown'; readonly message: string };

export type SecretsCommand =
  | { readonly kind: 'secrets-list' | 'secrets-verify-audit' }
  | ({ readonly kind: 'secrets-rotate' | 'secrets-adopt'; readonly names: readonly string[] } & RotationTimes)
  | { readonly kind: 'secrets-set' | 'secrets-history'; readonly name: string };

/** As they were typed. */
export interface RotationTimes {
  readonly deadline?: string;
  readonly overlap?: string;
}

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
  'secrets adopt',
  'secrets history',
  'secrets verify-audit',
  'trace',
  ...dbActions.map((name) => `db ${name}`),
];
const options = {
  config: { type: 'string', default: 'pywatt.config.yaml' },
  json: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  database: { type: 'string' },
  deadline: { type: 'string' },
  overlap: { type: 'string' },
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
        : commandOf(positionals, { dryRun: values['dry-run'], database: values.database }, timesOf(values));
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

function timesOf({ deadline, overlap }: { deadline?: string; overlap?: string }): RotationTimes {
  return { ...(deadline !== undefined && { deadline }), ...(overlap !== undefined && { overlap }) };
}

function commandOf(words: readonly string[], { dryRun, database }: DbOptions, times: RotationTimes): Command {
  const [first, second, ...rest] = words;
  if (first === 'db') return dbCommandOf(second, rest, { dryRun, database });
  if (database !== undefined) return unknown('--database belongs to pywatt db');
  if (dryRun) return unknown('--dry-run belongs to pywatt db migrate and pywatt db revert');
  const isRotation = first === 'secrets' && (second === 'rotate' || second === 'adopt');
  if (Object.keys(times).length > 0 && !isRotation)
    return unknown('--deadline and --overlap belong to pywatt secrets rotate and pywatt secrets adopt');
  if (first === undefined || first === 'help') return { kind: 'help' };
  if (first === 'run' || first === 'status') return second === undefined ? { kind: first } : surplus(first, second);
  if (first === 'trace') return traceOf(second, rest[0]);
  if (first !== 'secrets') return unknown(`there is no command '${first}'${didYouMean(first, commandNames)}`);
  return secretsCommandOf(second, rest, times);
}

function secretsCommandOf(word: string | undefined, names: readonly string[], times: RotationTimes): Command {
  const [name, another] = names;
  // What stands after it is most likely the value: it is not repeated.
  if (names.some((each) => each.includes('=')))
    return unknown('write only the name of a secret: its value comes from standard input or a prompt, never from argv');
  switch (word) {
    case 'list':
    case 'verify-audit':
      return name === undefined ? { kind: `secrets-${word}` } : surplus(`secrets ${word}`, name);
    case 'set':
      return setOf(names);
    case 'rotate':
    case 'adopt':
      if (name === undefined) return unknown(`which secret? write pywatt secrets ${word} NAME`);
      return { kind: `secrets-${word}`, names, ...times };
    case 'history':
      if (name === undefined) return unknown('which secret? write pywatt secrets history NAME');
      return another === undefined ? { kind: 'secrets-history', name } : surplus('secrets history NAME', another);
    case undefined:
      return unknown(
        'secrets needs another word: write pywatt secrets list, pywatt secrets set NAME, or pywatt secrets rotate NAME',
      );
    default:
      return unknown(`there is no command 'secrets ${word}'${didYouMean(`secrets ${word}`, commandNames)}`);
  }
}

function setOf([name, another]: readonly string[]): Command {
  if (name === undefined) return unknown('which secret? write pywatt secrets set NAME');
  // What stands after the name is most likely the value: it is not repeated.
  if (another !== undefined) return unknown('one secret at a time, and its value comes from standard input');
  return { kind: 'secrets-set', name };
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
