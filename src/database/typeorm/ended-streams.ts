import { Readable } from 'node:stream';
import type { Connection, Query } from 'mysql2';
import type { Client } from 'pg';

type AnyQuery<R> = (...call: unknown[]) => R;

/** What of pg's client its types leave out. */
interface ClientInternals {
  readonly connection: { on(event: 'errorMessage', listener: (error: { severity?: string }) => void): void };
}

/**
 * A class of pg's clients whose streams of rows end with an error when the connection ends: pg-query-stream first waits for
 * the server to close its cursor, and so for ever. A pool lends none of them again whose session the server has ended,
 * though its socket is not closed yet.
 */
export function clientEndingStreams(Base: typeof Client): typeof Client {
  return class extends Base {
    constructor(...given: ConstructorParameters<typeof Client>) {
      super(...given);
      const { connection } = this as unknown as ClientInternals;
      connection.on('errorMessage', ({ severity }) => {
        if (severity === 'FATAL' || severity === 'PANIC') Object.assign(this, { _queryable: false });
      });
      let isEnded = false;
      this.once('end', () => (isEnded = true));
      const query = this.query.bind(this) as AnyQuery<unknown>;
      const ending: AnyQuery<unknown> = (...call) => {
        const rows = query(...call);
        if (rows instanceof Readable) closeWithoutServer(rows, this, () => isEnded);
        return rows;
      };
      Object.assign(this, { query: ending });
    }
  };
}

function closeWithoutServer(rows: Readable, client: Client, isEnded: () => boolean): void {
  const destroy = rows['_destroy'].bind(rows);
  const ending: Readable['_destroy'] = (reason, done) => {
    const onEnd = (): void => done(reason);
    if (isEnded()) {
      onEnd();
      return;
    }
    client.once('end', onEnd);
    destroy(reason, (failure) => {
      client.off('end', onEnd);
      done(failure);
    });
  };
  Object.assign(rows, { ['_destroy']: ending });
}

/** The same for a connection of mysql2, which tells only queries with a callback that it was lost. */
export function endStreamsOf(connection: Connection): void {
  const query = connection.query.bind(connection) as unknown as AnyQuery<Query>;
  const ending: AnyQuery<Query> = (...call) => {
    const command = query(...call);
    if (!('onResult' in command && command.onResult)) tellWhenLost(command, connection);
    return command;
  };
  Object.assign(connection, { query: ending });
}

function tellWhenLost(command: Query, connection: Connection): void {
  const lost = (error: Error = new Error('Connection lost: it was closed')): void => {
    if (command.listenerCount('error') > 0) command.emit('error', error);
  };
  connection.once('error', lost).once('end', lost);
  command.once('end', () => void connection.off('error', lost).off('end', lost));
}
