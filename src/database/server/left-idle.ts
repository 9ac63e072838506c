import type { EventEmitter } from 'node:events';

/** Why the session of each connection was ended, where that is a transaction left idle: drivers only say that it is over. */
const ended = new WeakMap<EventEmitter, Error | undefined>();

/** Remembers why a connection of a driver ends when that is with the error `code`. */
export function hearOfEnd(connection: EventEmitter, code: string | number): void {
  if (ended.has(connection)) return;
  ended.set(connection, undefined);
  connection.on('error', (error: Error & { code?: unknown }) => {
    if (error.code === code) ended.set(connection, error);
  });
}

/** Throws what it was. */
export function throwIfEnded(connection: EventEmitter): void {
  const reason = ended.get(connection);
  if (reason) throw reason;
}
