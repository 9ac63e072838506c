import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../src/foundation/index.js';
import { RequestGate } from '../../../src/module/request-gate.js';

const answer = () => Promise.resolve(new Response('served'));

describe('the gate of a module that stops', () => {
  it('lets what is in flight finish, and answers what comes afterwards with 503', async () => {
    const gate = new RequestGate();
    const slow = new Deferred<Response>();
    const inFlight = gate.run(() => slow.promise);
    const drained = gate.drain(10_000);
    slow.resolve(new Response('slow'));
    expect(await (await inFlight).text()).toBe('slow');
    expect(await drained).toBe(true);
    const late = await gate.run(answer);
    expect(late.status).toBe(503);
    expect(await late.json()).toEqual({ error: 'the module has stopped', code: 'MODULE_UNAVAILABLE' });
  });

  it('waits for an answer that is still being sent, also for one that fails', async () => {
    const gate = new RequestGate();
    const sending = new Deferred<void>();
    gate.hold(sending.promise);
    await gate.run(answer);
    const drained = gate.drain(10_000);
    sending.reject(new Error('the client left'));
    expect(await drained).toBe(true);
  });

  it('says when it drains, and takes other work until it is closed', async () => {
    const gate = new RequestGate();
    expect(gate.isDraining).toBe(false);
    const slow = new Deferred<number>();
    const inFlight = gate.admit(() => slow.promise);
    const drained = gate.drain(10_000);
    expect(gate.isDraining).toBe(true);
    slow.resolve(5);
    expect(await inFlight).toBe(5);
    expect(await drained).toBe(true);
    expect(gate.admit(() => Promise.resolve(6))).toBeUndefined();
  });

  it('waits no longer than its grace', async () => {
    const gate = new RequestGate();
    void gate.run(() => new Promise(() => undefined));
    expect(await gate.drain(1)).toBe(false);
  });

  it('still serves while it waits for others', async () => {
    const gate = new RequestGate();
    const slow = new Deferred<Response>();
    const inFlight = gate.run(() => slow.promise);
    const drained = gate.drain(10_000);
    expect((await gate.run(answer)).status).toBe(200);
    slow.resolve(new Response());
    await inFlight;
    expect(await drained).toBe(true);
  });
});
