import { describe, it } from '@jest/globals';
import { encodeFrame } from '../../src/wire/channels/frame-codec.js';
import { channelContract } from './channel-contract.js';
import type { ChannelFixture } from './channels/channel-case.js';
import { linkPair } from './channels/link-pair.js';
import { inheritedPair, launchPair, memoryPair, plainPair, stdioPair } from './channels/stream-pairs.js';

const lines = {
  shortest: '0',
  truncated: Buffer.from('{"op":"announce"'),
  atTruncation: 'ends',
  garbage: {
    bytes: Buffer.from([0xff, 0xfe, 0x00, 0x0a]),
    outcome: 'goes on',
    reason: 'the next newline begins a message again, and what others print on standard output must not end a module',
  },
} as const;
const frames = {
  shortest: '',
  truncated: encodeFrame('json', '{"op":"announce"}').subarray(0, 12),
  atTruncation: 'ends',
  garbage: {
    bytes: Buffer.from('HTTP/1.1 200 OK\r\n'),
    outcome: 'fails',
    reason: 'after a header that is none nobody can tell where the next frame begins',
  },
} as const;
const links = {
  ...frames,
  atTruncation: 'connects again',
  garbage: {
    ...frames.garbage,
    outcome: 'connects again',
    reason: 'a link outlives its connections, which end as frames do',
  },
} as const;

const channels: readonly (ChannelFixture & { readonly channel: string })[] = [
  { channel: 'memory', open: memoryPair, ...lines },
  { channel: 'lines over stdio', open: stdioPair, ...lines },
  { channel: 'frames over an inherited socket', open: inheritedPair, ...frames },
  { channel: 'frames of a program whose language is not known', open: launchPair, ...frames },
  { channel: 'plain frames over a unix socket', open: (options) => plainPair('unix', options), ...frames },
  { channel: 'plain frames over TCP', open: (options) => plainPair('tcp', options), ...frames },
  { channel: 'a link over a unix socket', open: (options) => linkPair('unix', options), ...links },
  { channel: 'a link over TCP', open: (options) => linkPair('tcp', options), ...links },
  { channel: 'a link over TLS', open: (options) => linkPair('tls', options), ...links },
  { channel: 'a link over mutual TLS', open: (options) => linkPair('mutual tls', options), ...links },
];

describe.each(channels)('the contract of channels, $channel', (fixture) => {
  const runContractCase = (index: number) => channelContract[index]!.run(fixture);
  it.each(channelContract.map(({ title }, index) => ({ title, index })))('$title', ({ index }) =>
    runContractCase(index),
  );
});
