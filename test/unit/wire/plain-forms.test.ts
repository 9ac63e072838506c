import { describe, expect, it } from '@jest/globals';
import { encodeForPython, encodePlainHttpResponse } from '../../../src/wire/encode.js';
import { refusalOf } from '../../../src/wire/refusal.js';
import { plainServiceConfig, serviceConfigs } from '../../../src/wire/service-config.js';

const exact = { facts: { isRepeated: () => false, replaced: () => [], isFloat: () => false }, takesPython: false };

describe('what plain peers are sent', () => {
  it('is a complete config with our name beside it', () => {
    const database = plainServiceConfig('Database', 'orders');
    expect(serviceConfigs.database.read(database, exact)).toMatchObject({ db_type: 'sqlite', database: 'orders' });
    expect(serviceConfigs.cache.read(plainServiceConfig('Cache', 'small'), exact)).toMatchObject({
      namespace: 'small',
    });
    for (const type of ['Database', 'Cache', 'Jwt', { Custom: 'x' }] as const)
      expect(plainServiceConfig(type, 'orders')).toHaveProperty('name', 'orders');
  });

  it('is one http answer for three readers', () => {
    const answer = {
      op: 'http_response',
      request_id: 'r',
      status_code: 200,
      headers: { a: 'b' },
      body: Buffer.from('hi'),
    } as const;
    const tagged = { request_id: 'r', status_code: 200, headers: { a: 'b' }, body: [104, 105] };
    expect(JSON.parse(encodePlainHttpResponse(answer, 'orders', 'an-id'))).toEqual({
      op: 'http_response',
      ...tagged,
      id: 'an-id',
      content: tagged,
      metadata: { id: 'an-id', source: 'orders', properties: { correlation_id: 'r' } },
    });
  });

  it('is nested as well for Python, with text for bodies and objects for results', () => {
    const python = (message: Parameters<typeof encodeForPython>[0]) => JSON.parse(encodeForPython(message)) as object;
    expect(python({ op: 'shutdown' })).toEqual({ op: 'shutdown' });
    expect(python({ op: 'service_operation_result', success: true, result: [1], error: null })).toMatchObject({
      result: [1],
      service_operation_result: { result: { value: [1] } },
    });
    expect(
      python({ op: 'http_request', request_id: 'r', method: 'GET', uri: '/', headers: {}, body: Buffer.from('é') }),
    ).toMatchObject({ body: [195, 169], http_request: { body: 'é' } });
    const tcp_channel = { address: '[::1]:9901', tls_enabled: false, required: true };
    expect(
      python({ op: 'init', orchestrator_api: 'o', module_id: 'm', env: {}, listen: 'l', tcp_channel }),
    ).toMatchObject({ tcp_channel: { ...tcp_channel, host: '::1', port: 9901 }, debug_mode: false });
  });

  it('is an answer also to what nobody does yet', () => {
    const discover = {
      op: 'discover_service_providers',
      service_type: 'Jwt',
      all_providers: null,
      request_id: 'q',
    } as const;
    expect(refusalOf(discover)).toMatchObject({ success: false, providers: [], request_id: 'q' });
    const register = { op: 'register_service_provider', service_type: 'Jwt', name: 'n', version: null } as const;
    expect(refusalOf({ ...register, address: 'a', metadata: null })).toMatchObject({
      success: false,
      provider_id: null,
    });
  });
});
