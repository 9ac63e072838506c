import { describe, expect, it } from '@jest/globals';
import { things } from './things-controller.js';

describe('A handler', () => {
  it.each([
    ['one path parameter by name', '/things/hello/ada', 'hello ada'],
    ['path parameters by { name } and all', '/things/both/1/2', '{"b":"2","all":{"b":"2","a":"1"}}'],
    [
      'query parameters, repeated ones as an array',
      '/things/query?page=2&tag=a&tag=b',
      '{"page":"2","all":{"page":"2","tag":["a","b"]}}',
    ],
    ['the request', '/things/request', '{"method":"GET"}'],
  ])('gets %s', async (_what, path, expected) => {
    const { ask } = await things();
    expect(await (await ask(path)).text()).toBe(expected);
  });

  it('gets headers and cookies by name', async () => {
    const { ask } = await things();
    const response = await ask('/things/headers', { headers: { 'X-One': '1', cookie: 'a=b; session=s1' } });
    expect(await response.json()).toEqual({ one: '1', session: 's1' });
  });

  it('may add headers through the context and still return plain data', async () => {
    const { ask } = await things();
    const response = await ask('/things/context');
    expect(response.headers.get('x-added')).toBe('yes');
    expect(await response.json()).toEqual({ plain: true });
  });

  it('may return a web Response, which passes untouched', async () => {
    const { ask } = await things();
    const response = await ask('/things/response');
    expect([response.status, response.headers.get('x-own'), await response.text()]).toEqual([203, '1', 'as it is']);
  });

  it('may return bytes and streams', async () => {
    const { ask } = await things();
    expect(new Uint8Array(await (await ask('/things/bytes')).arrayBuffer())).toEqual(new Uint8Array([0, 255]));
    expect(await (await ask('/things/readable')).text()).toBe('ab');
  });

  it('that returns nothing is answered with 204, or with the status it has set', async () => {
    const { ask } = await things();
    const [empty, made] = [await ask('/things/nothing'), await ask('/things/made', { method: 'POST' })];
    expect((await ask('/things/nothing-but-200')).status).toBe(200);
    expect([empty.status, empty.body]).toEqual([204, null]);
    expect([made.status, made.body, made.headers.get('x-kind')]).toEqual([201, null, 'made']);
  });

  it('that returns null or a number is answered with it', async () => {
    const { ask } = await things();
    expect(await (await ask('/things/null')).json()).toBeNull();
    expect(await (await ask('/things/number')).json()).toBe(7);
  });

  it('may return an answer of http-core with its own status', async () => {
    const { ask } = await things();
    const response = await ask('/things/created', { method: 'POST' });
    expect([response.status, await response.json()]).toEqual([201, { id: 1 }]);
  });

  it('is behind its guard, whose refusal is JSON', async () => {
    const { ask } = await things();
    const [refused, passed] = [
      await ask('/things/guarded'),
      await ask('/things/guarded', { headers: { 'x-key': 'open' } }),
    ];
    expect([refused.status, await refused.json()]).toEqual([403, { error: 'Forbidden', code: 'FORBIDDEN' }]);
    expect(await passed.text()).toBe('inside');
  });

  it.each(['PUT', 'PATCH', 'DELETE'])('answers %s', async (method) => {
    const { ask } = await things();
    expect(await (await ask('/things/one', { method })).text()).toBe(method.toLowerCase());
  });

  it.each(['GET', 'POST', 'DELETE'])('of @All answers %s', async (method) => {
    const { ask } = await things();
    expect(await (await ask('/things/all', { method })).text()).toBe(method);
  });

  it('is found with and without a slash at the end', async () => {
    const { ask } = await things();
    expect(await (await ask('/things')).json()).toEqual(['list']);
    expect(await (await ask('/things/')).json()).toEqual(['list']);
  });
});
