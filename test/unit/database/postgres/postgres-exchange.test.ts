import { expect, it } from '@jest/globals';
import { PostgresExchange } from '../../../../src/database/postgres/postgres-exchange.js';

it('is at rest once everything is answered and no transaction is open', () => {
  const exchange = new PostgresExchange();
  expect(exchange).toMatchObject({ isAtRest: true, isAwaited: false, isRunning: false, inTransaction: false });
  exchange.queried();
  expect(exchange).toMatchObject({ isAtRest: false, isAwaited: true, isRunning: true });
  exchange.status = 'T';
  exchange.ready();
  expect(exchange).toMatchObject({ isAtRest: false, isAwaited: false, isRunning: false, inTransaction: true });
  exchange.extended();
  exchange.executing();
  expect(exchange).toMatchObject({ isAwaited: true, isRunning: true });
  exchange.executed();
  expect(exchange).toMatchObject({ isAwaited: true, isRunning: false });
  exchange.synced();
  exchange.status = 'I';
  exchange.ready();
  expect(exchange).toMatchObject({ isAtRest: true, isRunning: false });
});

it('says what a driver still expects when nothing more is asked of the backend, whose transaction is still open', () => {
  const exchange = new PostgresExchange();
  exchange.queried();
  exchange.synced();
  exchange.status = 'E';
  exchange.extended();
  exchange.executing();
  expect(exchange.abandon()).toEqual({ unanswered: 2, isUnsynced: true });
  expect(exchange).toMatchObject({ isAwaited: false, isAtRest: false, isRunning: false, inTransaction: true });
  expect(exchange.abandon()).toEqual({ unanswered: 0, isUnsynced: false });
});
