import { afterEach, describe, expect, it } from '@jest/globals';
import type { WireRequestHead } from '../../../../src/http/index.js';
import { exchange } from '../../../../src/orchestrator/gateway/exchange.js';
import type { ModuleSessionHandlers } from '../../../../src/wire/index.js';
import { closeAll, connect } from '../../wire/session-ends.js';
import { readAll, settle, streamOf } from '../../wire/streams/joined-tables.js';

afterEach(closeAll);

const head: WireRequestHead = { method: 'POST', uri: '/', headers: {} };
const bytes = Buffer.alloc(3_000_000, 'x');
const options = { timeoutMs: 5_000, signal: new AbortController().signal };
type Session = Awaited<ReturnType<typeof connect>>['session'];

/** A module that answers as `http` says, announced. */
async function moduleWith(http: (session: Session) => ModuleSessionHandlers['http']) {
  const { session, peer } = await connect();
  const ignore = () => undefined;
  session.serve({ http: http(session), rotated: () => Promise.resolve(), shutdown: ignore, ended: ignore });
  session.announce('l', []);
  await peer.announced;
  return { session, peer };
}

describe('an exchange with a module', () => {
  it('carries long bodies both ways as streams', async () => {
    const { peer } = await moduleWith((session) => ({ body, body_stream: id }) => {
      expect(body).toBeNull();
      session.streams!.write('answer', session.streams!.read(id!)).catch(() => undefined);
      return Promise.resolve({ status_code: 201, headers: {}, body: null, body_stream: 'answer' });
    });
    const response = await exchange(peer, head, streamOf(bytes), options);
    expect(response.status).toBe(201);
    expect((await readAll(response.body!)).equals(bytes)).toBe(true);
  });

  it('gives the module its time from when it has the whole body', async () => {
    const { session, peer } = await moduleWith((session) => async ({ body_stream: id }) => {
      await readAll(session.streams!.read(id!));
      return new Promise(() => undefined);
    });
    expect(session.streams).toBeDefined();
    await expect(exchange(peer, head, streamOf(bytes), { ...options, timeoutMs: 20 })).rejects.toMatchObject({
      code: 'CALL_TIMEOUT',
      message: 'no answer within 20 ms',
    });
  });

  it('fails with the body of the request, and the module is told', async () => {
    let failure: unknown;
    const { peer } = await moduleWith((session) => async ({ body_stream: id }) => {
      failure = await readAll(session.streams!.read(id!)).catch((error: unknown) => error);
      return { status_code: 500, headers: {}, body: null };
    });
    const body = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new Error('the client broke off')) });
    await expect(exchange(peer, head, body, options)).rejects.toThrow('the client broke off');
    await settle();
    expect(failure).toMatchObject({ message: 'the client broke off' });
  });

  it('takes the answer of a module that does not want the body', async () => {
    const { peer } = await moduleWith((session) => async ({ body_stream: id }) => {
      await session.streams!.read(id!).cancel();
      await settle();
      return { status_code: 403, headers: {}, body: Buffer.from('no') };
    });
    const response = await exchange(peer, head, streamOf(bytes), options);
    expect([response.status, await response.text()]).toEqual([403, 'no']);
  });

  it.each([
    ['of a status that has none', 204],
    ['of an answer that is none', 99],
  ])('tells the module that nobody reads the body %s', async (_what, status_code) => {
    let sent: Promise<void> | undefined;
    const { peer } = await moduleWith((session) => () => {
      sent = session.streams!.write('answer', streamOf(bytes));
      sent.catch(() => undefined);
      return Promise.resolve({ status_code, headers: {}, body: null, body_stream: 'answer' });
    });
    const answer = exchange(peer, head, null, options).then(
      ({ body }) => body,
      (error: { code: string }) => error.code,
    );
    expect(await answer).toBe(status_code === 204 ? null : 'RESPONSE_INVALID');
    await expect(sent).rejects.toMatchObject({ code: 'STREAM_ABORTED' });
  });
});
