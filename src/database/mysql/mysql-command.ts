import type { ResponseKind } from './mysql-response.js';

/** Commands the relay names. */
export const commands = {
  quit: 0x01,
  initDatabase: 0x02,
  query: 0x03,
  ping: 0x0e,
  prepare: 0x16,
  execute: 0x17,
  sendLongData: 0x18,
  closeStatement: 0x19,
  resetConnection: 0x1f,
} as const;

/** Commands that pass, and what answers them. What is not listed is refused: it would change who is logged in, or more than the session. */
export const relayedCommands: ReadonlyMap<number, ResponseKind | 'none'> = new Map([
  [commands.query, 'results'],
  [commands.ping, 'single'],
  [commands.prepare, 'statement'],
  [commands.execute, 'results'],
  [commands.sendLongData, 'none'],
  [commands.closeStatement, 'none'],
  [0x1a, 'single'], // COM_STMT_RESET
  [0x1c, 'rows'], // COM_STMT_FETCH
  [commands.resetConnection, 'single'],
]);

const refusedNames: Readonly<Record<number, string>> = {
  0x02: 'COM_INIT_DB',
  0x04: 'COM_FIELD_LIST',
  0x05: 'COM_CREATE_DB',
  0x06: 'COM_DROP_DB',
  0x07: 'COM_REFRESH',
  0x08: 'COM_SHUTDOWN',
  0x09: 'COM_STATISTICS',
  0x0a: 'COM_PROCESS_INFO',
  0x0c: 'COM_PROCESS_KILL',
  0x0d: 'COM_DEBUG',
  0x11: 'COM_CHANGE_USER',
  0x12: 'COM_BINLOG_DUMP',
  0x15: 'COM_REGISTER_SLAVE',
  0x1b: 'COM_SET_OPTION',
  0x1e: 'COM_BINLOG_DUMP_GTID',
};

export const nameOfCommand = (command: number): string =>
  refusedNames[command] ?? `command 0x${command.toString(16).padStart(2, '0')}`;
