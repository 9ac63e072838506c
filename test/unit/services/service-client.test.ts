import { describe, expect, it } from '@jest/globals';
import { IsString } from 'class-validator';
import { WireError } from '../../../src/foundation/index.js';
import { openServiceClient, type ServiceClient } from '../../../src/services/service-client.js';
import { serviceContract } from '../../../src/services/service-calls.js';
import { operation } from '../../../src/services/index.js';
import type { ServiceCallOptions, ServiceConnection, WireJson } from '../../../src/wire/index.js';

class Address {
  @IsString() ip!: string;
}
const table = {
  locate: operation<unknown, unknown>({ timeout: '5s' }),
  check: operation<Address, null>({ params: Address }),
};

function clientOver(call: ServiceConnection['call']): ServiceClient<typeof table> {
  const connection = { info: {}, typedValues: false, call, close: () => Promise.resolve() };
  return openServiceClient(serviceContract('geo', table), connection).client as ServiceClient<typeof table>;
}

describe('a client of a service', () => {
  it('waits a little longer than the operation may take, and no longer however long it is told', async () => {
    const waits: ServiceCallOptions[] = [];
    const client = clientOver(async (_operation, _params, options): Promise<WireJson> => {
      waits.push(options!);
      return null;
    });
    await client.locate(1);
    await client.locate(1, { timeout: '1s' });
    await client.locate(1, { timeout: '100d' });
    expect(waits.map(({ timeoutMs }) => timeoutMs)).toEqual([7_000, 1_000, 7_000]);
  });

  it('sends nothing that the other end would refuse', async () => {
    let sent = 0;
    const client = clientOver(async () => {
      sent += 1;
      return null;
    });
    await expect(client.locate({ n: Number.NaN })).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await expect(client.check({ ip: 5 as unknown as string })).rejects.toMatchObject({
      code: 'INVALID_PARAMS',
      message: 'the params of geo.check are not valid: ip: ip must be a string',
      details: { fields: [{ field: 'ip', messages: ['ip must be a string'] }] },
    });
    await client.check({ ip: '::1' });
    expect(sent).toBe(1);
  });

  it('fails with a ServiceError for whatever the connection fails with', async () => {
    const failing = (error: Error) =>
      clientOver(async () => {
        throw error;
      }).locate(1);
    await expect(failing(new WireError('PEER_REFUSED', 'no'))).rejects.toMatchObject({
      name: 'ServiceError',
      code: 'CONNECTION',
      retryable: false,
    });
    await expect(failing(new Error('odd'))).rejects.toMatchObject({ name: 'ServiceError', code: 'FAILED' });
  });

  it('is made once more, and may be tried again, when its answer was lost only where its operation may be done twice', async () => {
    const lost = new WireError('CHANNEL_CLOSED', 'gone', { retryable: true });
    const service = serviceContract('geo', {
      note: operation<string>(),
      put: operation<string>({ idempotent: true }),
    });
    const connection = { info: {}, typedValues: false, close: async () => undefined };
    const made: unknown[] = [];
    const call = (_operation: string, params: WireJson) => (made.push(params), Promise.reject(lost));
    const { client } = openServiceClient(service, { ...connection, call });
    const { note, put } = client as Record<'note' | 'put', (text: string) => Promise<void>>;
    await expect(note('a')).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', retryable: false });
    await expect(put('b')).rejects.toMatchObject({ code: 'CONNECTION', retryable: true, cause: lost });
    expect(made).toEqual(['a', 'b', 'b']);
  });

  it('refuses an integer of a plain peer that a number cannot hold as INVALID_RESULT', async () => {
    await expect(clientOver(async () => ({ id: 9007199254740993n })).locate(1)).rejects.toMatchObject({
      code: 'INVALID_RESULT',
      details: { fields: [{ field: 'id' }] },
    });
  });
});
