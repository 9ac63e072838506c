import { describe } from '@jest/globals';
import { connect } from 'node:net';
import { messageOf } from '../../src/foundation/index.js';
import { postgresUrl } from './postgres-address.js';

/** `describe` where PostgreSQL answers; without it the suite is skipped and says so, and under CI it fails. */
export async function describeWithPostgres(): Promise<typeof describe | typeof describe.skip> {
  const { hostname, port } = new URL(postgresUrl);
  const problem = await new Promise<string | undefined>((resolve) => {
    const socket = connect(Number(port === '' ? 5432 : port), hostname);
    socket.once('connect', () => resolve(undefined)).once('error', (error) => resolve(messageOf(error)));
    socket.once('connect', () => socket.destroy());
  });
  if (problem === undefined) return describe;
  const message = `PostgreSQL does not answer at ${hostname}: ${problem}`;
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`SKIPPED: ${message}\n`);
  return describe.skip;
}
