import { describe, expect, it } from '@jest/globals';
import { parseCommand } from '../../../src/cli/parse-command.js';

const messageFor = (...argv: string[]) => {
  const { command } = parseCommand(argv);
  return command.kind === 'unknown' ? command.message : `understood as ${command.kind}`;
};

describe('parseCommand', () => {
  it.each([
    [[], { kind: 'help' }],
    [['help'], { kind: 'help' }],
    [['run', '-h'], { kind: 'help' }],
    [['--version'], { kind: 'version' }],
    [['-v'], { kind: 'version' }],
    [['run'], { kind: 'run' }],
    [['status'], { kind: 'status' }],
    [['secrets', 'list'], { kind: 'secrets-list' }],
    [['secrets', 'set', 'KEY'], { kind: 'secrets-set', name: 'KEY' }],
    [['secrets', 'rotate', 'KEY'], { kind: 'secrets-rotate', names: ['KEY'] }],
    [
      ['secrets', 'rotate', 'KEY', 'USER', '--deadline', '5s', '--overlap=1m'],
      { kind: 'secrets-rotate', names: ['KEY', 'USER'], deadline: '5s', overlap: '1m' },
    ],
    [['secrets', 'adopt', 'KEY'], { kind: 'secrets-adopt', names: ['KEY'] }],
    [['secrets', 'history', 'KEY'], { kind: 'secrets-history', name: 'KEY' }],
    [['secrets', 'verify-audit'], { kind: 'secrets-verify-audit' }],
    [['trace', 'orders'], { kind: 'trace', module: 'orders' }],
    [['db', 'status'], { kind: 'db', action: 'status', dryRun: false }],
    [
      ['db', 'migrate', 'orders', '--database', 'analytics', '--dry-run'],
      { kind: 'db', action: 'migrate', dryRun: true, module: 'orders', database: 'analytics' },
    ],
  ])('understands %j', (argv, command) => {
    expect(parseCommand(argv)).toEqual({ command, config: 'pywatt.config.yaml', json: false });
  });

  it('takes --config and --json before and after the command', () => {
    const expected = { command: { kind: 'run' }, config: 'other.yaml', json: true };
    expect(parseCommand(['--json', '--config', 'other.yaml', 'run'])).toEqual(expected);
    expect(parseCommand(['run', '--config=other.yaml', '--json'])).toEqual(expected);
  });

  it.each([
    [['rnu'], "there is no command 'rnu' (did you mean 'run'?)"],
    [['secrets', 'lst'], "there is no command 'secrets lst' (did you mean 'secrets list'?)"],
    [
      ['secrets'],
      'secrets needs another word: write pywatt secrets list, pywatt secrets set NAME, or pywatt secrets rotate NAME',
    ],
    [['secrets', 'set'], 'which secret? write pywatt secrets set NAME'],
    ...['set', 'rotate', 'adopt', 'history'].map((word): [string[], string] => [
      ['secrets', word, 'KEY=the-value'],
      'write only the name of a secret: its value comes from standard input or a prompt, never from argv',
    ]),
    [['secrets', 'rotate'], 'which secret? write pywatt secrets rotate NAME'],
    [['run', '--database', 'analytics'], '--database belongs to pywatt db'],
    [['secrets', 'adopt'], 'which secret? write pywatt secrets adopt NAME'],
    [['secrets', 'history'], 'which secret? write pywatt secrets history NAME'],
    [['secrets', 'history', 'A', 'B'], "secrets history NAME takes no further word, such as 'B'"],
    [['run', '--deadline', '5s'], '--deadline and --overlap belong to pywatt secrets rotate and pywatt secrets adopt'],
    [['run', 'orders'], "run takes no further word, such as 'orders'"],
    [['status', 'orders'], "status takes no further word, such as 'orders'"],
    [['secrets', 'list', 'KEY'], "secrets list takes no further word, such as 'KEY'"],
    [['trace'], 'which module? write pywatt trace MODULE'],
    [['trace', 'a', 'b'], "one module at a time: start another pywatt trace for 'b'"],
    [['trac', 'a'], "there is no command 'trac' (did you mean 'trace'?)"],
    [['run', '--jsn'], "there is no option '--jsn' (did you mean '--json'?)"],
    [['run', '-x'], "there is no option '-x'"],
  ])('says of %j what is wrong', (argv, message) => {
    expect(messageFor(...argv)).toBe(message);
  });

  it('says of an option without its value what is wrong', () => {
    expect(messageFor('run', '--config')).toContain('--config');
  });

  it('knows that JSON is wanted also when an option is not understood', () => {
    expect(parseCommand(['run', '--bogus', '--json']).json).toBe(true);
    expect(parseCommand(['run', '--bogus']).json).toBe(false);
  });
});
