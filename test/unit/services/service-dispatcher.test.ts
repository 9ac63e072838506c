import { describe, expect, it } from '@jest/globals';
import { ServiceDispatcher } from '../../../src/services/index.js';
import { Geo, TestGeo } from '../../contract/services/geo.js';
import { silentLogger } from '../foundation/silent-logger.js';

function dispatcher() {
  const { service } = Geo.servedBy(TestGeo);
  return new ServiceDispatcher([{ service, handlers: new TestGeo() }], silentLogger);
}

const locate = { endpoint: 'geo/locate', params: { ip: '1.1.1.1' } };

describe('ServiceDispatcher', () => {
  it('hands a call to the operation it names, with who makes it', async () => {
    const calls = dispatcher();
    for (const moduleId of ['one', 'two'])
      expect(await calls.call({ moduleId, ...locate }, {})).toEqual({ country: 'DE', moduleId });
  });

  it('refuses what is no operation of a service it has', async () => {
    const calls = dispatcher();
    const call = (endpoint: string) => calls.call({ moduleId: 'one', endpoint, params: null }, {});
    for (const endpoint of ['geo/close', 'geo/locate/more', 'geo/', 'geo/toString'])
      await expect(call(endpoint)).rejects.toMatchObject({ code: 'UNKNOWN_OPERATION' });
    for (const endpoint of ['maps/locate', 'locate', '', '/locate'])
      await expect(call(endpoint)).rejects.toMatchObject({ code: 'PEER_REFUSED' });
    expect(await calls.call({ moduleId: 'one', ...locate }, {})).toMatchObject({ country: 'DE' });
  });

  it('ends what is under way when it is closed, and takes no more', async () => {
    const calls = dispatcher();
    const hanging = calls.call({ moduleId: 'one', endpoint: 'geo/hangLong', params: null }, {});
    await calls.call({ moduleId: 'one', ...locate }, {});
    await calls.close();
    await expect(hanging).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(calls.call({ moduleId: 'one', ...locate }, {})).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
