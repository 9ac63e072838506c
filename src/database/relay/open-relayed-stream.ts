import type { Duplex } from 'node:stream';
import type { Pipe, PipeReceiver, ServiceConnection } from '../../wire/index.js';
import { databaseCalls } from '../database-calls.js';
import { databaseErrorFrom } from '../database-error.js';
import { RelayedStream } from './relayed-stream.js';

export interface RelaySession {
  /** The database's name, for messages. */
  readonly name: string;
  readonly connection: ServiceConnection;
  /** Opens this end of a pipe of the same session. */
  readonly openPipe: (id: string, receiver: PipeReceiver) => Pipe;
}

let lastPipe = 0;

/** A connection to the orchestrator's database for the engine's own driver. The service connection stays the caller's. */
export function openRelayedStream({ name, connection, openPipe }: RelaySession): Duplex {
  return new RelayedStream((receiver) => {
    lastPipe += 1;
    const pipeId = `relay-${lastPipe}`;
    // It is on its way before the pipe opens here, so the far end knows the pipe when our first credit comes.
    const unopened = new AbortController();
    const params = databaseCalls.relay_open.params.encode({ pipeId }, true);
    const opened = connection.call('relay_open', params, { signal: unopened.signal });
    let pipe: Pipe | undefined;
    opened.catch((error: unknown) => pipe?.abort(databaseErrorFrom(error, name)));
    try {
      return (pipe = openPipe(pipeId, receiver));
    } catch (error) {
      unopened.abort(error);
      throw error;
    }
  });
}
