import { describe, expect, it } from '@jest/globals';
import { things } from './things-controller.js';

describe('A request nothing answers', () => {
  it('gets 404 as JSON', async () => {
    const { ask } = await things();
    const response = await ask('/elsewhere');
    expect([response.status, await response.json()]).toEqual([
      404,
      { error: 'nothing answers GET /elsewhere', code: 'NOT_FOUND' },
    ]);
  });

  it('gets 405 and the methods of the path when only the method is wrong', async () => {
    const { ask } = await things();
    const response = await ask('/things/one', { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'PUT, PATCH, DELETE, OPTIONS']);
    expect(await response.json()).toEqual({ error: '/things/one does not answer POST', code: 'METHOD_NOT_ALLOWED' });
  });

  it('gets 204 and the methods when it is OPTIONS, and 404 where there is no path', async () => {
    const { ask } = await things();
    const response = await ask('/things/one', { method: 'OPTIONS' });
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'PUT, PATCH, DELETE, OPTIONS']);
    expect((await ask('/elsewhere', { method: 'OPTIONS' })).status).toBe(404);
    expect(await (await ask('/things/own-options', { method: 'OPTIONS' })).text()).toBe('mine');
  });

  it('gets the headers of GET when it is HEAD, unless the controller answers HEAD itself', async () => {
    const { ask } = await things();
    const [derived, own, get] = [
      await ask('/things', { method: 'HEAD' }),
      await ask('/things/probe', { method: 'HEAD' }),
      await ask('/things/probe'),
    ];
    expect([derived.status, derived.body, derived.headers.get('content-type')]).toEqual([
      200,
      null,
      'application/json',
    ]);
    expect([own.headers.get('x-probe'), own.body]).toEqual(['yes', null]);
    expect([get.headers.get('x-probe'), await get.text()]).toEqual([null, 'body']);
  });
});
