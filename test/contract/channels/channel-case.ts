import assert from 'node:assert/strict';
import { packJson, writeJson } from '../../../src/wire/json/write-json.js';
import type { Channel, ChannelEnd } from '../../../src/wire/index.js';
import type { ContractCase } from '../contract-case.js';

/** What a channel does about bytes that are no message, and why it can do no other. */
export interface AfterGarbage {
  readonly bytes: Uint8Array;
  readonly outcome: 'goes on' | 'fails' | 'connects again';
  readonly reason: string;
}

/** Two ends that are joined. Bytes that a peer writes reach `far` through `input`, which can be held up. */
export interface ChannelPair {
  readonly near: Channel;
  readonly far: Channel;
  /** The stream that `far` reads now. */
  readonly input: () => {
    pause(): unknown;
    resume(): unknown;
    unshift(bytes: Uint8Array): void;
    push(end: null): unknown;
  };
  close(): Promise<void>;
}

export interface PairOptions {
  readonly maxQueuedBytes?: number;
  /** The longest message both ends send and take. */
  readonly maxMessageBytes?: number;
}

export interface ChannelFixture {
  open(options?: PairOptions): Promise<ChannelPair>;
  /** The shortest message; lines cannot be empty, since an empty line is skipped (a fresh line begins with one). */
  readonly shortest: '' | '0';
  /** Bytes of a message that end before it does. */
  readonly truncated: Uint8Array;
  readonly atTruncation: 'ends' | 'connects again';
  readonly garbage: AfterGarbage;
}

export type ChannelCase = ContractCase<ChannelFixture>;

/** What one end heard. */
export class Inbox {
  readonly texts: string[] = [];
  readonly bytes: (Buffer | undefined)[] = [];
  readonly bad: Error[] = [];
  readonly ends: ChannelEnd[] = [];

  constructor(channel: Channel) {
    channel.start({
      onLine: (text, bytes) => {
        this.texts.push(text);
        // The channel may use the memory again.
        this.bytes.push(bytes && Buffer.from(bytes));
      },
      onBadLine: (error) => this.bad.push(error),
      onEnd: (end) => this.ends.push(end),
    });
  }

  async has(count: number): Promise<void> {
    await until(() => this.texts.length >= count, `${count} messages came, not ${this.texts.length}`);
    assert.equal(this.texts.length, count);
  }
}

export interface OpenPair extends ChannelPair {
  readonly atNear: Inbox;
  readonly atFar: Inbox;
}

/** A case that begins with a pair of its own, which is closed after it. */
export function promise(
  title: string,
  run: (pair: OpenPair, fixture: ChannelFixture) => Promise<void>,
  options?: PairOptions,
): ChannelCase {
  return {
    title,
    run: async (fixture) => {
      const pair = await fixture.open(options);
      try {
        await run({ ...pair, atNear: new Inbox(pair.near), atFar: new Inbox(pair.far) }, fixture);
      } finally {
        await Promise.all([pair.near.close(), pair.far.close()]);
        await pair.close();
      }
    },
  };
}

/** Sends fields that hold bytes in the form the channel is for: raw beside the text, or as base64 within it. */
export function sendFields(channel: Channel, fields: object): void {
  if (!channel.carriesBytes) return channel.send(writeJson(fields));
  const { text, bytes } = packJson(fields);
  channel.send(text, bytes);
}

export function assertRefuses(send: () => void, code: string, ...mentioned: readonly (string | number)[]): void {
  assert.throws(send, (error: Error & { code?: string }) => {
    assert.equal(error.code, code);
    for (const part of mentioned) assert.ok(error.message.includes(String(part)), `'${error.message}' lacks ${part}`);
    return true;
  });
}

/** Polls: a channel tells nobody when the far end has read. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const giveUpAt = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < giveUpAt, `within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
