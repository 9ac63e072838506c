import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { PassThrough } from 'node:stream';
import { FrameChannel } from '../../../src/wire/channels/frame-channel.js';
import { LaunchChannel } from '../../../src/wire/channels/launch-channel.js';
import { LineChannel } from '../../../src/wire/channels/line-channel.js';
import { createMemoryChannels, MemoryPipe } from '../../../src/wire/channels/memory-channel.js';
import { connectTo } from '../../../src/wire/link/dial-link.js';
import type { ChannelPair, PairOptions } from './channel-case.js';
import { listenAt } from './listen-at.js';

const lineOptions = ({ maxQueuedBytes, maxMessageBytes }: PairOptions) => ({
  ...(maxQueuedBytes !== undefined && { maxQueuedBytes }),
  ...(maxMessageBytes !== undefined && { maxLineBytes: maxMessageBytes }),
});
export const frameOptions = ({ maxQueuedBytes, maxMessageBytes }: PairOptions) => ({
  ...(maxQueuedBytes !== undefined && { maxQueuedBytes }),
  ...(maxMessageBytes !== undefined && { maxFrameBytes: maxMessageBytes }),
});

export async function memoryPair(options: PairOptions = {}): Promise<ChannelPair> {
  const there = new MemoryPipe();
  const [near, far] = createMemoryChannels(lineOptions(options), there);
  return { near, far, input: () => there, close: () => Promise.resolve() };
}

/** Lines over the standard input and output of two programs that copy one to the other. */
export async function stdioPair(options: PairOptions = {}): Promise<ChannelPair> {
  const [there, back] = [spawn('cat'), spawn('cat')];
  const over = Promise.all([there, back].map((child) => new Promise((done) => child.once('exit', done))));
  return {
    near: new LineChannel(back.stdout, there.stdin, lineOptions(options)),
    far: new LineChannel(there.stdout, back.stdin, lineOptions(options)),
    input: () => there.stdout,
    close: async () => {
      for (const child of [there, back]) child.kill();
      await over;
    },
  };
}

const relay = `const { Socket } = require('node:net');
const [a, b] = [3, 4].map((fd) => new Socket({ fd, readable: true, writable: true }));
for (const socket of [a, b]) socket.on('error', () => process.exit());
a.pipe(b);
b.pipe(a);`;

/** Frames over the sockets that a program inherited as file descriptors 3 and 4, which it joins. */
export async function inheritedPair(options: PairOptions = {}): Promise<ChannelPair> {
  const child = spawn(process.execPath, ['-e', relay], { stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'] });
  const over = new Promise((done) => child.once('exit', done));
  const [near, far] = [child.stdio[3] as Duplex, child.stdio[4] as Duplex];
  const ends = { kind: 'fd', isOwn: true, ...frameOptions(options) } as const;
  return {
    near: new FrameChannel(near, ends),
    far: new FrameChannel(far, ends),
    input: () => far,
    close: async () => {
      child.kill();
      await over;
    },
  };
}

/** Frames as an orchestrator of the plain protocol has them: no proof, nothing sent again. */
export async function plainPair(kind: 'unix' | 'tcp', options: PairOptions = {}): Promise<ChannelPair> {
  const { address, accepted, close } = await listenAt(kind);
  const socket = await connectTo(address, 2_000);
  const far = await accepted();
  const ends = { kind, ...frameOptions(options) };
  return { near: new FrameChannel(socket, ends), far: new FrameChannel(far, ends), input: () => far, close };
}

/** The same, far being an orchestrator that does not know yet what the program speaks, and prints nothing. */
export async function launchPair(options: PairOptions = {}): Promise<ChannelPair> {
  const pair = await inheritedPair(options);
  const output = new PassThrough();
  // A program that ends ends both.
  (pair.input() as Duplex).once('end', () => output.end());
  const lines = new LineChannel(output, new PassThrough().resume(), lineOptions(options));
  return { ...pair, far: new LaunchChannel(lines, pair.far) };
}
