import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { WireError } from '../../src/foundation/index.js';
import {
  acceptLink,
  type ExpectedLink,
  hashOfTicket,
  LinkChannel,
  LinkDialer,
  newTicket,
  newToken,
  type WaitingLink,
} from '../../src/wire/index.js';
import { silentLogger } from '../unit/foundation/silent-logger.js';
import { until } from './orchestrator-fixture.js';
import { closersAfterEach } from '../support/closers.js';

const closers = closersAfterEach();

/** Listens for one launch, which is expected in one way after another. */
async function listen(first: ExpectedLink | WaitingLink) {
  let expected = first;
  const sockets = new Set<Socket>();
  const refused: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    acceptLink(socket, 'unix', { find: () => expected }).catch((error: Error) => refused.push(error.message));
  });
  const directory = await mkdtemp(join(tmpdir(), 'pywatt-'));
  const path = join(directory, 'wire.sock');
  await new Promise<void>((done) => server.listen(path, done));
  const expectNow = (next: ExpectedLink | WaitingLink) => {
    expected = next;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
    await rm(directory, { recursive: true, force: true });
  });
  return { path, refused, expectNow };
}

function link(): LinkChannel & { readonly heard: string[]; readonly ends: string[] } {
  return heardOf(new LinkChannel());
}

function heardOf(channel: LinkChannel) {
  const [heard, ends]: [string[], string[]] = [[], []];
  channel.start({
    onLine: (text) => heard.push(text),
    onBadLine: () => undefined,
    onEnd: ({ error }) => ends.push(error?.message ?? 'ended'),
  });
  closers.push(() => channel.close());
  return Object.assign(channel, { heard, ends });
}

/** A module with that ticket; `adopted` are the links it has gone on with. */
async function dial(path: string, token: string, ticket: string) {
  const adopted: ReturnType<typeof heardOf>[] = [];
  let dialer: LinkDialer;
  const adopt = (renewed: { token: string; ticket: string }) => {
    dialer = dialer.next(renewed);
    adopted.push(heardOf(dialer.link));
    return dialer.link;
  };
  dialer = new LinkDialer({
    launch: 'orders#1',
    token,
    addresses: [{ kind: 'unix', path }],
    logger: silentLogger,
    backoff: { initialMs: 5, maxMs: 50 },
    reattach: { ticket, adopt },
  });
  const first = heardOf(dialer.link);
  await dialer.open();
  return { first, adopted };
}

/** A new orchestrator, which knows of that ticket; whatever was shown to it. */
function waiting(ticket: string): WaitingLink & { readonly taken: ReturnType<typeof link>[]; readonly next: string } {
  const taken: ReturnType<typeof link>[] = [];
  const next = newTicket();
  const adopt = async () => {
    if (taken.length > 0) throw new WireError('PEER_REFUSED', 'the ticket has been used');
    taken.push(link());
    return { token: newToken(), link: taken[0]!, ticket: next };
  };
  return { ticketHash: hashOfTicket(ticket), adopt, taken, next };
}

describe('a link whose orchestrator is replaced', () => {
  it('ends, and the module goes on with the new one on a link that begins anew, again and again', async () => {
    const [ticket, old] = [newTicket(), { token: newToken(), link: link() }];
    const { path, expectNow } = await listen(old);
    const module = await dial(path, old.token, ticket);
    module.first.send('to the old one');
    await until(() => old.link.heard.length === 1, 'it is heard');
    const second = waiting(ticket);
    expectNow(second);
    await until(() => module.adopted.length === 1, 'it is taken over');
    expect(module.first.ends).toEqual(['a new orchestrator has taken the module over']);
    second.taken[0]!.send('welcome');
    module.adopted[0]!.send('to the new one');
    await until(() => second.taken[0]!.heard.length + module.adopted[0]!.heard.length === 2, 'both are heard');
    expect([second.taken[0]!.heard, module.adopted[0]!.heard]).toEqual([['to the new one'], ['welcome']]);
    const third = waiting(second.next);
    expectNow(third);
    await until(() => module.adopted.length === 2, 'it is taken over again');
  });

  it('is refused with a ticket that was used', async () => {
    const [ticket, old] = [newTicket(), { token: newToken(), link: link() }];
    const { path, refused, expectNow } = await listen(old);
    await dial(path, old.token, ticket);
    const next = waiting(ticket);
    expectNow(next);
    await until(() => next.taken.length === 1, 'it is taken over');
    // As if it were waited for still.
    expectNow(next);
    const replayed = new LinkDialer({
      launch: 'orders#1',
      token: '',
      addresses: [{ kind: 'unix', path }],
      logger: silentLogger,
      reattach: { ticket, adopt: () => link() },
    });
    await expect(replayed.open()).rejects.toMatchObject({ code: 'PEER_REFUSED', message: 'the ticket has been used' });
    await until(() => refused.includes('the ticket has been used'), 'it was refused');
  });

  it('shows its ticket to nobody who does not know the hash of it', async () => {
    const [ticket, old] = [newTicket(), { token: newToken(), link: link() }];
    const { path, refused, expectNow } = await listen(old);
    const module = await dial(path, old.token, ticket);
    const impostor = waiting(newTicket());
    expectNow(impostor);
    await until(() => refused.length > 2, 'it tries again and again');
    // It hung up where the ticket would have been next.
    expect(new Set(refused)).toEqual(new Set([expect.stringContaining('the connection ended in its handshake')]));
    expect([impostor.taken, module.adopted, module.first.ends]).toEqual([[], [], []]);
    const real = waiting(ticket);
    expectNow(real);
    await until(() => module.adopted.length === 1, 'it is taken over');
  });
});
