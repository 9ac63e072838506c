import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startWith, until } from '../integration/orchestrator-fixture.js';
import { repository } from '../integration/node-process.js';
import { PlainOrchestrator } from './plain-orchestrator.js';
import type { Json } from './plain-types.js';

const main = join(repository, 'test/fixtures/mains/plain-guest.ts');

/** A service that notes what it was sent. */
function database(seen: [string, Json][]) {
  return (operation: string, params: Json): unknown => {
    seen.push([operation, params]);
    const { query, params: values } = params;
    if (operation === 'begin_transaction') return 'tx-1';
    if (operation === 'transaction_execute' || operation === 'execute') return 3;
    if (query === 'FAIL') throw new Error('no such table: nothing');
    if (operation === 'query') return [{ data: { value: (values as unknown[])[0] } }];
    if (operation === 'query_one') return { data: { id: 9_223_372_036_854_775_807n } };
    return null;
  };
}

function cache() {
  const entries = new Map<string, unknown>();
  return (operation: string, { key, value }: Json): unknown => {
    if (operation === 'set') entries.set(String(key), value);
    return operation === 'get' ? (entries.get(String(key)) ?? null) : null;
  };
}

/** Tokens as Rust may make them: of any text, and with claims whose times nobody looked at. */
function tokens(seen: [string, Json][]) {
  const claimsOf = new Map<string, unknown>();
  return (operation: string, params: Json): unknown => {
    seen.push([operation, params]);
    const { claims, token } = params;
    if (operation === 'generate') {
      const text = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.e30.${claimsOf.size}`;
      claimsOf.set(text, claims);
      return text;
    }
    if (!claimsOf.has(String(token))) throw new Error('InvalidToken');
    return claimsOf.get(String(token));
  };
}

function start(seen: [string, Json][] = []) {
  return new PlainOrchestrator({
    command: [process.execPath, '--import', 'tsx', main],
    cwd: repository,
    secrets: { FIRST_KEY: 'first-key-1', SECOND_KEY: 'second-key' },
    services: { Database: database(seen), Cache: cache(), Jwt: tokens(seen) },
  });
}

const announced = (peer: PlainOrchestrator) => peer.next(({ op }) => op === 'announce', 'the announcement');

describe('our module under an orchestrator that speaks only the Rust protocol', () => {
  it('boots: secrets one at a time, services opened, announced once and tagged', async () => {
    await using peer = start();
    const announcement = await announced(peer);
    expect(announcement).toMatchObject({ listen: '127.0.0.1:4102', endpoints: expect.any(Array) });
    const secrets = peer.messages.filter(({ op }) => op === 'get_secret');
    expect(new Set(secrets.map(({ name }) => name))).toEqual(new Set(['FIRST_KEY', 'SECOND_KEY']));
    expect(secrets).toHaveLength(2);
    const ids = peer.messages.filter(({ op }) => op === 'service_request').map(({ id }) => String(id).split('_')[0]);
    expect(new Set(ids)).toEqual(new Set(['cache', 'db', 'jwt']));
    expect(peer.violations).toEqual([]);
  });

  it('answers http with a line that every known reader understands', async () => {
    await using peer = start();
    await announced(peer);
    expect(await peer.request('POST', '/echo', '{"text":"é😀"}')).toEqual({ status: 200, text: '{"text":"é😀"}' });
    expect((await peer.request('POST', '/echo', '{"text":5}')).status).toBe(400);
    expect((await peer.request('GET', '/nowhere')).status).toBe(404);
    const invalid = { status: 400, text: '{"error":"the request is not valid HTTP","code":"REQUEST_INVALID"}' };
    for (const [method, uri] of [
      ['GET', 'no slash'],
      ['G T', '/echo'],
      ['CONNECT', '/echo'],
    ] as const)
      expect(await peer.request(method, uri)).toEqual(invalid);
    const answer = peer.messages.find(({ op }) => op === 'http_response')!;
    const { op: _, id, content, metadata, ...tagged } = answer;
    expect(content).toEqual(tagged);
    expect(metadata).toEqual({ id, source: 'plain', properties: { correlation_id: answer['request_id'] } });
    expect(peer.violations).toEqual([]);
  });

  it('calls its services one at a time on a connection, with plain values and integers without loss', async () => {
    const seen: [string, Json][] = [];
    await using peer = start(seen);
    await announced(peer);
    const rows = JSON.parse((await peer.request('GET', '/rows')).text) as Json;
    expect(rows).toEqual({
      rows: Array.from({ length: 10 }, (_, value) => ({ value })),
      big: '9223372036854775807',
    });
    expect((await peer.request('GET', '/failing')).text).toContain('QUERY');
    expect((await peer.request('GET', '/infinite')).text).toContain('SERIALIZATION');
    expect((await peer.request('GET', '/transaction')).text).toBe('3');
    expect(JSON.parse((await peer.request('GET', '/cache')).text)).toEqual({ hit: { a: 1 }, miss: null });
    expect(seen.every(([, params]) => !('types' in params))).toBe(true);
    expect(seen.map(([operation]) => operation)).toEqual(
      expect.arrayContaining(['begin_transaction', 'transaction_execute', 'transaction_commit']),
    );
    expect(peer.violations).toEqual([]);
  });

  it('signs and verifies with the plain operations, and looks itself at what a plain peer does not', async () => {
    const seen: [string, Json][] = [];
    await using peer = start(seen);
    await announced(peer);
    expect(JSON.parse((await peer.request('GET', '/tokens')).text)).toEqual({
      claims: { sub: 'u-1', aud: 'orders', exp: 4_102_444_800 },
      codes: ['BAD_CLAIMS', 'BAD_CLAIMS', 'EXPIRED', 'NOT_YET_VALID', 'BAD_CLAIMS', 'REFUSED'],
    });
    expect(seen.map(([operation, params]) => [operation, Object.keys(params)])).toContainEqual(['validate', ['token']]);
    expect(seen.every(([, params]) => ['token', 'claims'].includes(Object.keys(params).join()))).toBe(true);
    expect(peer.violations).toEqual([]);
  });

  it('takes part in rotations, accepts and rejects, and acknowledges heartbeats', async () => {
    await using peer = start();
    await announced(peer);
    peer.setSecret('FIRST_KEY', 'a-longer-first-key-2');
    peer.send({ op: 'rotated', keys: ['FIRST_KEY'], rotation_id: 'rot-1' });
    const ack = await peer.next(({ rotation_id: id }) => id === 'rot-1', 'the acknowledgement');
    expect(ack).toEqual({ op: 'rotation_ack', rotation_id: 'rot-1', status: 'success' });
    expect(JSON.parse((await peer.request('GET', '/secrets')).text)).toEqual({ lengths: [20, 10], rotated: ['2'] });
    peer.setSecret('FIRST_KEY', 'unusable');
    peer.send({ op: 'rotated', keys: ['FIRST_KEY'], rotation_id: 'rot-2' });
    expect(await peer.next(({ rotation_id: id }) => id === 'rot-2', 'the rejection')).toMatchObject({
      status: 'error',
      message: expect.stringContaining('cannot be used'),
    });
    peer.send({ op: 'heartbeat' });
    expect(await peer.next(({ op }) => op === 'heartbeat_ack', 'the heartbeat')).toEqual({ op: 'heartbeat_ack' });
    expect(peer.violations).toEqual([]);
  });

  it('survives what Rust peers survive, and ends on shutdown', async () => {
    await using peer = start();
    await announced(peer);
    for (const line of [
      '',
      'not json',
      '{"op":"brand_new"}',
      '{"op":"heartbeat","op":"shutdown"}',
      '[]',
      '{"op":"secret"}',
    ])
      peer.sendText(line);
    expect((await peer.request('GET', '/secrets')).status).toBe(200);
    peer.send({ op: 'shutdown' });
    expect(await peer.exited).toEqual({ code: 0, signal: null });
    expect(peer.violations).toEqual([]);
  });
});

describe('a module that speaks only the Rust protocol under our orchestrator', () => {
  it('goes through all a module does and finds nothing it would refuse', async () => {
    const command = [process.execPath, '--import', 'tsx', join(repository, 'test/conformance/plain-module.ts')];
    await using app = await startWith({
      modules: {
        plain: {
          command,
          cwd: repository,
          databases: ['default'],
          caches: ['default'],
          secrets: ['API_KEY'],
          jwt: true,
        },
      },
      databases: { default: { url: 'sqlite::memory:' } },
      caches: { default: { url: 'memory:' } },
      jwt: { secret: { secret: 'JWT_KEY' } },
      secrets: [{ memory: { API_KEY: 'value-of-the-key', JWT_KEY: 'a key of at least thirty-two bytes' } }],
    });
    await app.orchestrator.ready;
    const get = async (path: string) => (await app.request(`/plain${path}`)).json() as Promise<Json>;
    await until(async () => (await get('/log'))['done'] === true, 'it has done everything');
    expect(await get('/log')).toMatchObject({
      init: { module_id: 'plain', security_level: 'None' },
      // An empty value is all that the protocol can say of a secret that is not there.
      'unknown secret': '',
      secret: 'value-of-the-key',
      database: {
        affected: 1,
        rows: [{ data: { id: 1, name: 'é', data: null } }],
        big: '9007199254740993',
        isId: true,
        count: { data: { n: 2 } },
        none: null,
        isError: true,
        ping: null,
      },
      cache: {
        get: '//8=',
        missing: null,
        increment: -5,
        many: { k: '//8=' },
        deleted: true,
        hasMetrics: true,
        closed: null,
      },
      jwt: { parts: 3, claims: { sub: 'u-1', exp: 4_102_444_800, n: 5 }, isError: true, closed: null },
      refused: { success: false, error: expect.stringContaining('not granted'), connection_id: null },
      port: { success: true, isPort: true },
      discover: false,
    });
    await app.orchestrator.rotateSecret('API_KEY', 'the-next-value-of-it');
    await until(async () => 'after rotated' in (await get('/log')), 'it has been told of the rotation');
    expect(await get('/log')).toMatchObject({ rotated: ['API_KEY'], 'after rotated': 'heartbeat' });
    const body = [0, 1, 255].map((byte) => String.fromCodePoint(byte)).join('');
    const echo = await app.request('/plain/echo', { method: 'POST', body: Buffer.from(body, 'latin1') });
    expect(await echo.json()).toEqual([0, 1, 255]);
    expect(await get('/violations')).toEqual([]);
    await app.orchestrator.close();
    expect(JSON.stringify(app.lines)).toContain('the plain module was told to shut down');
  });
});

describe('the plain peers', () => {
  it('share no code with what they test', () => {
    for (const file of ['plain-types', 'plain-orchestrator', 'plain-module']) {
      const source = readFileSync(join(repository, 'test/conformance', `${file}.ts`), 'utf8');
      const imports = [...source.matchAll(/from '([^']+)'/g)].map(([, from]) => from!);
      expect(imports.filter((from) => !from.startsWith('node:') && from !== './plain-types.js')).toEqual([]);
    }
  });
});
