import { describe, expect, it } from '@jest/globals';
import { PortAllocator } from '../../../../src/orchestrator/ports/port-allocator.js';

const allocator = (busy: number[] = [], last = 8002) =>
  new PortAllocator({ first: 8000, last }, async (port) => !busy.includes(port));

describe('PortAllocator', () => {
  it('never gives one port twice while its owner lives, also to owners that ask at once', async () => {
    const ports = allocator();
    const given = await Promise.all([ports.allocate('a'), ports.allocate('b'), ports.allocate('a')]);
    expect(given.sort((a, b) => a - b)).toEqual([8000, 8001, 8002]);
  });

  it('gives none, and keeps none, for a request that was given up while a port was tried', async () => {
    const controller = new AbortController();
    const reason = new Error('given up');
    const ports = new PortAllocator({ first: 8000, last: 8000 }, async () => {
      controller.abort(reason);
      return true;
    });
    await expect(ports.allocate('a', undefined, controller.signal)).rejects.toBe(reason);
    await expect(ports.allocate('a', 8000, controller.signal)).rejects.toBe(reason);
    expect(await ports.allocate('b')).toBe(8000);
  });

  it('skips a port that another program has', async () => {
    expect(await allocator([8000, 8001]).allocate('a')).toBe(8002);
  });

  it('says so when no port is left', async () => {
    const ports = allocator([8001], 8001);
    await ports.allocate('a');
    await expect(ports.allocate('b')).rejects.toMatchObject({
      code: 'PORTS_EXHAUSTED',
      message: 'no port of 8000-8001 is free: widen ports.range',
    });
  });

  it('gives the ports of a freed owner again, last of all', async () => {
    const ports = allocator();
    await ports.allocate('a');
    ports.free('a');
    expect([await ports.allocate('b'), await ports.allocate('b'), await ports.allocate('b')]).toEqual([
      8001, 8002, 8000,
    ]);
  });

  it('frees only the ports of that owner', async () => {
    const ports = allocator([], 8001);
    await ports.allocate('a');
    await ports.allocate('b');
    ports.free('a');
    expect(await ports.allocate('c')).toBe(8000);
    await expect(ports.allocate('c')).rejects.toMatchObject({ code: 'PORTS_EXHAUSTED' });
  });

  it('gives a specific port once', async () => {
    const ports = allocator();
    expect(await ports.allocate('a', 8001)).toBe(8001);
    await expect(ports.allocate('b', 8001)).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: 'port 8001 is in use',
    });
  });

  it('refuses a specific port outside its range', async () => {
    await expect(allocator().allocate('a', 22)).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  });

  it('gives its owner a specific port again, whose first answer may have come too late', async () => {
    const ports = allocator();
    await ports.allocate('a', 8001);
    expect(await ports.allocate('a', 8001)).toBe(8001);
    expect(await ports.allocate('b')).toBe(8000);
    expect(await ports.allocate('b')).toBe(8002);
  });

  it('never gives a port again that was taken before its owner could bind it, not even to that owner', async () => {
    const busy: number[] = [];
    const ports = allocator(busy);
    busy.push(await ports.allocate('a'));
    expect(await ports.allocate('a')).toBe(8001);
    await expect(ports.allocate('a', 8000)).rejects.toMatchObject({ code: 'PORT_TAKEN', retryable: true });
    busy.pop();
    expect(await ports.allocate('b')).toBe(8002);
    await expect(ports.allocate('b')).rejects.toMatchObject({ code: 'PORTS_EXHAUSTED' });
    ports.free('a');
    expect(await ports.allocate('b')).toBe(8000);
  });

  it('gives nobody a port that an owner found by itself, until that owner is gone', async () => {
    const ports = allocator();
    expect(ports.record('a', 8000)).toBe(true);
    expect(await ports.allocate('b')).toBe(8001);
    ports.free('a');
    expect(await ports.allocate('b', 8000)).toBe(8000);
  });

  it('leaves a port to the owner it was given to, whoever else says to listen there', async () => {
    const ports = allocator([], 8000);
    await ports.allocate('a');
    expect(ports.record('a', 8000)).toBe(true);
    expect(ports.record('b', 8000)).toBe(false);
    ports.free('b');
    await expect(ports.allocate('c')).rejects.toMatchObject({ code: 'PORTS_EXHAUSTED' });
  });

  it('lets no owner take more than 64, so that one that asks in a loop leaves some to others', async () => {
    const ports = allocator([], 8100);
    for (let given = 0; given < 64; given += 1) await ports.allocate('greedy');
    await expect(ports.allocate('greedy')).rejects.toMatchObject({
      code: 'PORTS_EXHAUSTED',
      message: 'greedy has 64 ports already; one launch may have no more',
    });
    expect(await ports.allocate('modest')).toBe(8064);
  });
});
