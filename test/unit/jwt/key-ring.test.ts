import { describe, expect, it } from '@jest/globals';
import { Deferred } from '../../../src/foundation/index.js';
import { KeyRing } from '../../../src/jwt/index.js';

const key = (letter: string) => letter.repeat(32);
const minute = 60_000;
const signal = new AbortController().signal;

/** A ring over a clock that the test moves, with the key `a`. */
function ringWith(load: () => Promise<string> = async () => key('a')) {
  const clock = { now: 1_000_000 };
  const options = { algorithm: 'HS256', secret: 'JWT_KEY', overlapMs: 5 * minute, load, now: () => clock.now } as const;
  const ring = new KeyRing(options);
  return {
    ring,
    pass: (ms: number) => void (clock.now += ms),
    now: () => clock.now,
    signs: async () => (await ring.signing()).signing.export().toString()[0],
    accepts: async (keyId?: string) =>
      (await ring.accepted(keyId)).map(({ verifying }) => verifying.export().toString()[0]).join(''),
  };
}

describe('a key ring', () => {
  it('reads its key once, when it is first needed', async () => {
    let reads = 0;
    const { ring, signs, accepts } = ringWith(async () => key(`${'abc'[reads++]}`));
    expect(reads).toBe(0);
    await Promise.all([ring.ready(), ring.ready()]);
    expect(await signs()).toBe('a');
    expect(await accepts()).toBe('a');
    expect(reads).toBe(1);
  });

  it('reads it again after it could not be read, or was none', async () => {
    const values = [new Error('the store is down'), 'short', key('a')];
    const { ring, signs } = ringWith(async () => {
      const value = values.shift()!;
      if (value instanceof Error) throw value;
      return value;
    });
    await expect(ring.ready()).rejects.toThrow('the store is down');
    await expect(ring.ready()).rejects.toMatchObject({ code: 'KEY' });
    expect(await signs()).toBe('a');
  });

  it('keeps signing with the old key until the new one is activated', async () => {
    const { ring, signs, accepts } = ringWith();
    expect(await signs()).toBe('a');
    const prepared = await ring.prepare(key('b'), signal);
    expect([await signs(), await accepts()]).toEqual(['a', 'a']);
    prepared.activate();
    expect([await signs(), await accepts()]).toEqual(['b', 'ba']);
  });

  it('accepts the old key until the overlap after its retirement is over, and not a moment longer', async () => {
    const { ring, signs, accepts, pass } = ringWith();
    await ring.ready();
    const prepared = await ring.prepare(key('b'), signal);
    prepared.activate();
    pass(60 * minute);
    expect(await accepts()).toBe('ba');
    await prepared.retire();
    pass(5 * minute - 1);
    expect(await accepts()).toBe('ba');
    pass(1);
    expect([await signs(), await accepts()]).toEqual(['b', 'b']);
  });

  it('goes back to the old key when the new one is abandoned, activated or not', async () => {
    for (const isActivated of [false, true]) {
      const { ring, signs, accepts, pass } = ringWith();
      await ring.ready();
      const prepared = await ring.prepare(key('b'), signal);
      if (isActivated) prepared.activate();
      await prepared.abandon();
      pass(100 * minute);
      expect([await signs(), await accepts()]).toEqual(['a', 'a']);
    }
  });

  it('refuses a value that is no key, and then is as before', async () => {
    const { ring, signs } = ringWith();
    await expect(ring.prepare('too short', signal)).rejects.toMatchObject({ code: 'KEY' });
    await expect(ring.prepare(key('b'), AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    await expect(ring.rotateTo('too short', new Date())).rejects.toMatchObject({ code: 'KEY' });
    expect(await signs()).toBe('a');
  });

  it('rotates in one step, until the moment that is given', async () => {
    const { ring, signs, accepts, pass, now } = ringWith();
    await ring.rotateTo(key('b'), new Date(now() + minute));
    await ring.rotateTo(key('c'), new Date(now() + 2 * minute));
    expect([await signs(), await accepts()]).toEqual(['c', 'cba']);
    pass(minute);
    expect(await accepts()).toBe('cb');
    pass(minute);
    expect(await accepts()).toBe('c');
  });

  it('tries the key first that a token names, and all others for a name it does not know', async () => {
    const { ring, accepts, now } = ringWith();
    const { id } = await ring.signing();
    await ring.rotateTo(key('b'), new Date(now() + minute));
    expect(await accepts(id)).toBe('ab');
    expect(await accepts('unknown')).toBe('ba');
  });

  it('never holds more than eight keys', async () => {
    const { ring, accepts, now } = ringWith();
    for (const letter of 'bcdefghijk') await ring.rotateTo(key(letter), new Date(now() + minute));
    expect(await accepts()).toBe('kjihgfed');
  });

  it('signs with the new key when it was activated while the old one was still being read', async () => {
    const reading = new Deferred<string>();
    const { ring, signs, accepts, pass } = ringWith(() => reading.promise);
    const ready = ring.ready();
    const prepared = await ring.prepare(key('b'), signal);
    prepared.activate();
    reading.resolve(key('a'));
    await ready;
    expect([await signs(), await accepts()]).toEqual(['b', 'ba']);
    await prepared.retire();
    pass(5 * minute);
    expect(await accepts()).toBe('b');
  });
});
