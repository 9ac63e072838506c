import { expect, it } from '@jest/globals';
import { openLocalPipe } from '../../../../src/database/relay/local-pipe.js';
import type { Pipe, PipeReceiver } from '../../../../src/wire/index.js';

/** What one end is told, in order. */
class Told implements PipeReceiver {
  readonly events: string[] = [];

  data(bytes: Uint8Array): void {
    this.events.push(Buffer.from(bytes).toString().slice(0, 10));
  }
  drained(): void {
    this.events.push('drained');
  }
  ended(): void {
    this.events.push('ended');
  }
  closed(error?: Error): void {
    this.events.push(`closed ${error?.message ?? 'well'}`);
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

const pair = () => {
  const [here, there] = [new Told(), new Told()];
  let far!: Pipe;
  const near = openLocalPipe(here, (openPipe) => {
    far = openPipe('any', there);
  });
  return { near, far, here, there };
};

it('passes bytes both ways in order, never while they are being written', async () => {
  const { near, far, here, there } = pair();
  near.write(Buffer.from('one'));
  near.write(Buffer.from('two'));
  far.write(Buffer.from('answer'));
  expect([here.events, there.events]).toEqual([[], []]);
  await turn();
  expect([here.events, there.events]).toEqual([['answer'], ['one', 'two']]);
});

it('tells a writer to wait while much is not taken, and when it may go on', async () => {
  const { near, far, here } = pair();
  const much = Buffer.alloc(200 * 1024, 'x');
  expect([near.write(much), near.write(much)]).toEqual([true, false]);
  await turn();
  far.taken(much.byteLength);
  await turn();
  expect(here.events).toEqual(['drained']);
});

it('is closed once both ends have ended it', async () => {
  const { near, far, here, there } = pair();
  near.write(Buffer.from('last'));
  near.end();
  await turn();
  expect(there.events).toEqual(['last', 'ended']);
  far.end();
  await turn();
  expect([here.events, there.events]).toEqual([
    ['ended', 'closed well'],
    ['last', 'ended', 'closed well'],
  ]);
});

it('tells both ends once why it was aborted, and nothing afterwards', async () => {
  const { near, far, here, there } = pair();
  far.abort(new Error('lost'));
  near.write(Buffer.from('too late'));
  near.abort(new Error('again'));
  await turn();
  near.write(Buffer.from('much too late'));
  await turn();
  expect([here.events, there.events]).toEqual([['closed lost'], ['closed lost']]);
});
