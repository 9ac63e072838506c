import { describe, expect, it } from '@jest/globals';
import { DatabaseError } from '../../../../src/database/database-error.js';
import { LivePassword, probeFailure, unlessAborted } from '../../../../src/database/server/live-password.js';
import { StatementLimit } from '../../../../src/database/statement-limit.js';
import { Deferred } from '../../../../src/foundation/index.js';

const refusal = () =>
  new DatabaseError('CONFIGURATION', 'password authentication failed', { details: { driverCode: '28P01' } });

/** A server that takes one password, and who tried which. */
class Server {
  readonly tried: string[] = [];
  #awaited: { count: number; reached: Deferred<void> } | undefined;

  constructor(public password: string) {}

  readonly logIn = async (password: string): Promise<string> => {
    this.tried.push(password);
    if (this.#awaited && this.tried.length >= this.#awaited.count) this.#awaited.reached.resolve();
    if (password !== this.password) throw refusal();
    return `logged in with ${password}`;
  };

  /** Resolves when so many have tried. */
  async trials(count: number): Promise<void> {
    if (this.tried.length >= count) return;
    this.#awaited = { count, reached: new Deferred() };
    await this.#awaited.reached.promise;
  }
}

const live = (waitMs: number, password = 'old') =>
  new LivePassword({ database: 'main', secret: 'DB_PASSWORD', read: () => Promise.resolve(password), waitMs });

const recorded = () => {
  const calls: string[] = [];
  const connections = {
    switch: () => void calls.push('switch'),
    retire: async () => void calls.push('retire'),
    goBack: async () => void calls.push('goBack'),
  };
  return { calls, connections };
};

describe('a live password', () => {
  it('is read once, when a login first needs it', async () => {
    let reads = 0;
    const read = () => Promise.resolve(`password ${(reads += 1)}`);
    const password = new LivePassword({ database: 'main', secret: 'DB_PASSWORD', read, waitMs: 0 });
    expect(reads).toBe(0);
    expect([await password.current(), await password.current()]).toEqual(['password 1', 'password 1']);
  });

  it('lets a refused login use the new value as soon as that is proven', async () => {
    const password = live(60_000);
    const server = new Server('new');
    const waiting = password.logIn(server.logIn);
    await server.trials(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(password.refusal).toMatchObject({ code: 'CONNECTION' });
    password.prepared('new', recorded().connections);
    expect(await waiting).toBe('logged in with new');
    expect(password.refusal).toBeUndefined();
    expect(server.tried).toEqual(['old', 'new']);
  });

  it('goes on with the old value while the server takes that and the new one is not in force', async () => {
    const password = live(0);
    password.prepared('new', recorded().connections);
    expect(await password.logIn(new Server('old').logIn)).toBe('logged in with old');
  });

  it('fails with CONNECTION, naming database and secret and no value, when no other comes', async () => {
    const failure = await live(0)
      .logIn(new Server('other').logIn)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'CONNECTION',
      retryable: true,
      details: { secret: 'DB_PASSWORD' },
      message: expect.stringMatching(/^database 'main': .*'DB_PASSWORD'/),
    });
    expect(String(failure)).not.toMatch(/old|other value/);
  });

  it('does not wait for what is no refused password', async () => {
    const lost = new DatabaseError('CONNECTION', 'nobody listens');
    await expect(live(60_000).logIn(() => Promise.reject(lost))).rejects.toBe(lost);
  });

  it('waits no longer than the limit of the statement', async () => {
    const waiting = live(60_000).logIn(new Server('other').logIn, new StatementLimit(0));
    await expect(waiting).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('is the new one from its activation on, and stays that when the old one retires', async () => {
    const password = live(0);
    const { calls, connections } = recorded();
    const prepared = password.prepared('new', connections);
    prepared.activate();
    expect(await password.current()).toBe('new');
    await prepared.retire();
    expect(await password.current()).toBe('new');
    expect(calls).toEqual(['switch', 'retire']);
  });

  it('is the old one again when the new one is given up', async () => {
    const password = live(0);
    const { calls, connections } = recorded();
    const prepared = password.prepared('new', connections);
    prepared.activate();
    await prepared.abandon();
    expect(await password.current()).toBe('old');
    expect(calls).toEqual(['switch', 'goBack']);
  });

  it('is replaced once at a time', async () => {
    const password = live(0);
    const first = password.prepared('new', recorded().connections);
    expect(() => password.prepared('newer', recorded().connections)).toThrow(/replaced already/);
    await first.abandon();
    password.prepared('newer', recorded().connections).activate();
    expect(await password.current()).toBe('newer');
  });
});

describe('a trial of a new password', () => {
  it('says that the server refuses it, without the name twice', () => {
    expect(probeFailure('main', refusal()).message).toBe("database 'main': the server refuses the new password");
    const lost = new DatabaseError('CONNECTION', "database 'main': cannot connect to nowhere");
    expect(probeFailure('main', lost).message).toBe("database 'main': cannot connect to nowhere");
  });

  it('ends with its signal, and what it opened later is closed', async () => {
    const opening = new Deferred<string>();
    const closed = new Deferred<string>();
    const controller = new AbortController();
    const trial = unlessAborted(opening.promise, controller.signal, (late) => closed.resolve(late));
    controller.abort(new Error('given up'));
    await expect(trial).rejects.toThrow('given up');
    opening.resolve('a pool');
    expect(await closed.promise).toBe('a pool');
  });
});
