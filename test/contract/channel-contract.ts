import assert from 'node:assert/strict';
import { type ChannelCase, assertRefuses, promise, sendFields, until } from './channels/channel-case.js';

const MiB = 1024 ** 2;
const numbered = (name: string, count: number) => Array.from({ length: count }, (_, index) => `{"${name}":${index}}`);
const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Every byte there is, over and over. */
const allBytes = (length: number) => Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 7) % 256));

/** Everything a `Channel` promises, whatever carries it. */
export const channelContract: readonly ChannelCase[] = [
  promise('delivers messages in order, sent in one turn or in many', async ({ near, atFar }) => {
    const sent = numbered('n', 2_000);
    for (const [index, text] of sent.entries()) {
      near.send(text);
      if (index % 100 === 99) await turn();
    }
    await atFar.has(sent.length);
    assert.deepEqual(atFar.texts, sent);
    assert.deepEqual(
      atFar.bytes.filter((bytes) => bytes !== undefined),
      [],
    );
  }),

  promise('delivers nothing while it is being sent, however much', async ({ near, atFar }) => {
    const sent = numbered('n', 500);
    for (const text of sent) near.send(text);
    assert.equal(atFar.texts.length, 0);
    await atFar.has(sent.length);
  }),

  promise('delivers messages of every size unchanged', async ({ near, atFar }, { shortest }) => {
    const sizes = [1, 15, 4_095, 16_384, 16_389, 65_535, 65_536, 65_537, 1_000_000, 5 * MiB];
    const sent = [shortest, ...sizes.map((size) => 'a'.repeat(size)), shortest, '{"last":true}'];
    for (const text of sent) near.send(text);
    await atFar.has(sent.length);
    assert.ok(atFar.texts.every((text, index) => text === sent[index]));
  }),

  promise('delivers unicode unchanged, in pieces of any size', async ({ near, atFar }) => {
    const odd = ['ä', '𝄞☃', '\u0000', '\u2028\u2029', '\ufeff', '\\n', '👩‍👩‍👧', 'e\u0301'];
    const sent = [...odd, odd.join(''), odd.join('').repeat(20_000)].map((text) => JSON.stringify(text));
    for (const text of sent) near.send(text);
    await atFar.has(sent.length);
    assert.ok(atFar.texts.every((text, index) => text === sent[index]));
  }),

  promise('delivers bytes unchanged, raw where it carries them and as base64 elsewhere', async (pair) => {
    const { near, far, atFar } = pair;
    const sent = [0, 1, 255, 16_384, 70_000, 3 * MiB].map(allBytes);
    for (const bytes of sent) sendFields(near, { op: 'x', bytes, end: true });
    await atFar.has(sent.length);
    assert.equal(far.carriesBytes, near.carriesBytes);
    for (const [index, text] of atFar.texts.entries()) {
      const { bytes, end } = JSON.parse(text) as { bytes: string | null; end: boolean };
      assert.equal(end, true);
      const came = near.carriesBytes ? atFar.bytes[index]! : Buffer.from(bytes!, 'base64');
      assert.ok(came.equals(sent[index]!), `the ${sent[index]!.length} bytes came otherwise`);
      assert.equal(near.carriesBytes, bytes === null);
    }
  }),

  promise('keeps both directions apart, however they interleave', async ({ near, far, atNear, atFar }) => {
    const [there, back] = [numbered('there', 500), numbered('back', 500)];
    const large = JSON.stringify('x'.repeat(100_000));
    for (const [index, text] of there.entries()) {
      near.send(text);
      far.send(back[index]!);
      if (index % 50 !== 49) continue;
      near.send(large);
      far.send(large);
      await turn();
    }
    await Promise.all([atNear.has(510), atFar.has(510)]);
    const small = (texts: readonly string[]) => texts.filter((text) => text !== large);
    assert.deepEqual(small(atFar.texts), there);
    assert.deepEqual(small(atNear.texts), back);
  }),

  promise(
    'refuses with BACKPRESSURE what goes beyond its bound, and takes more once the far end has read',
    async ({ near, atFar, input }) => {
      const text = 'x'.repeat(100_000);
      input().pause();
      let sent = 0;
      const fill = async () => {
        for (; sent < 1_000; sent += 1) {
          near.send(text);
          assert.ok(near.queuedBytes <= 2 * MiB);
          await turn();
        }
      };
      await assert.rejects(fill(), (error: Error & { code?: string; retryable?: boolean }) => {
        assert.deepEqual([error.code, error.retryable], ['BACKPRESSURE', true]);
        assert.ok(error.message.includes(String(2 * MiB)), error.message);
        return true;
      });
      assert.ok(sent >= 10, `only ${sent} messages were taken`);
      input().resume();
      await atFar.has(sent);
      await until(() => near.queuedBytes === 0, 'nothing waits any more');
      await until(() => takes(() => near.send(text)), 'it takes messages again');
      await atFar.has(sent + 1);
    },
    { maxQueuedBytes: 2 * MiB },
  ),

  promise(
    'has room for control messages beyond its bound, and a bound for that, too',
    async ({ near, atFar, input }) => {
      const [text, control] = ['x'.repeat(100_000), 'c'.repeat(1_000)];
      input().pause();
      let sent = 0;
      for (; sent < 1_000 && takes(() => near.send(text)); sent += 1) await turn();
      let controls = 0;
      while (controls < 10_000 && takes(() => near.send(control, undefined, true))) controls += 1;
      // A sixteenth of the bound, and what the last message left free of it.
      assert.ok(controls >= 125 && controls <= 240, `${controls} control messages were taken`);
      input().resume();
      await atFar.has(sent + controls);
      assert.ok(atFar.texts.slice(sent).every((came) => came === control));
    },
    { maxQueuedBytes: 2 * MiB },
  ),

  promise(
    'takes a message that is longer than its bound where nothing waits, since it could never be sent otherwise',
    async ({ near, atFar, input }) => {
      input().pause();
      near.send('x'.repeat(3 * MiB));
      assert.throws(
        () => near.send('y'),
        (error: Error & { code?: string }) => error.code === 'BACKPRESSURE',
      );
      input().resume();
      await atFar.has(1);
    },
    { maxQueuedBytes: 2 * MiB },
  ),

  promise('counts what waits, tells when it drains, and has nothing left in the end', async ({ near, atFar }) => {
    assert.equal(near.queuedBytes, 0);
    let drained = 0;
    near.onDrain(() => (drained += 1));
    for (let count = 0; count < 20; count += 1) near.send('x'.repeat(50_000));
    assert.ok(near.queuedBytes > 0);
    await atFar.has(20);
    await until(() => near.queuedBytes === 0, 'nothing waits any more');
    assert.ok(drained > 0);
  }),

  promise(
    'refuses a message that is longer than its limit, naming both, and goes on',
    async ({ near, atFar }) => {
      near.send('é'.repeat(500));
      assertRefuses(() => near.send(`${'é'.repeat(500)}x`), 'LINE_TOO_LONG', 1_001, 1_000);
      near.send('{"after":true}');
      await atFar.has(2);
      assert.deepEqual(atFar.texts, ['é'.repeat(500), '{"after":true}']);
    },
    { maxMessageBytes: 1_000 },
  ),

  promise('delivers what was sent before it is closed, and then ends both sides once', async (pair) => {
    const { near, far, atNear, atFar } = pair;
    const sent = [...numbered('n', 200), 'x'.repeat(3 * MiB), '{"last":true}'];
    for (const text of sent) near.send(text);
    await Promise.all([near.close(), near.close()]);
    await until(() => atFar.ends.length > 0, 'the far end has ended');
    assert.ok(atFar.texts.length === sent.length && atFar.texts.every((text, index) => text === sent[index]));
    assert.deepEqual(atNear.ends, [{ reason: 'closed' }]);
    assert.deepEqual(atFar.ends, [{ reason: 'ended' }]);
    assert.deepEqual([near.queuedBytes, far.queuedBytes], [0, 0]);
    await far.close();
    assert.deepEqual([atNear.ends.length, atFar.ends.length], [1, 1]);
  }),

  promise('refuses with CHANNEL_CLOSED what is sent after its end, on both sides', async (pair) => {
    const { near, far, atFar } = pair;
    await near.close();
    await until(() => atFar.ends.length > 0, 'the far end has ended');
    assertRefuses(() => near.send('late'), 'CHANNEL_CLOSED', 'closed');
    assertRefuses(() => far.send('late'), 'CHANNEL_CLOSED', 'ended');
    assert.deepEqual(atFar.texts, []);
  }),

  promise('has one reader', async ({ near }) => {
    const reader = { onLine: () => undefined, onBadLine: () => undefined, onEnd: () => undefined };
    assertRefuses(() => near.start(reader), 'CHANNEL_CLOSED', 'already');
  }),

  promise('never takes half a message for one when its peer is cut off', async (pair, fixture) => {
    const { near, atFar, input } = pair;
    near.send('{"before":true}');
    await atFar.has(1);
    input().unshift(fixture.truncated);
    input().push(null);
    if (fixture.atTruncation === 'ends') {
      await until(() => atFar.ends.length > 0, 'it has ended');
      assert.equal(atFar.texts.length, 1);
      return;
    }
    near.send('{"after":true}');
    await atFar.has(2);
    assert.deepEqual([atFar.texts[1], atFar.ends], ['{"after":true}', []]);
  }),

  promise('never takes garbage for a message', async ({ near, atFar, input }, { garbage }) => {
    near.send('{"before":true}');
    await atFar.has(1);
    input().unshift(garbage.bytes);
    if (garbage.outcome === 'fails') {
      await until(() => atFar.ends.length > 0, 'it has ended');
      assert.equal(atFar.texts.length, 1);
      assert.equal(atFar.ends[0]!.reason, 'failed');
      assert.ok(atFar.ends[0]!.error);
      return;
    }
    near.send('{"after":true}');
    await atFar.has(2);
    assert.deepEqual([atFar.texts[1], atFar.ends], ['{"after":true}', []]);
    if (garbage.outcome === 'goes on') assert.equal(atFar.bad.length, 1);
  }),
];

function takes(send: () => void): boolean {
  try {
    send();
    return true;
  } catch {
    return false;
  }
}
