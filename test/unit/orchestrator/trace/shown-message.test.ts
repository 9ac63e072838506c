import { describe, expect, it } from '@jest/globals';
import { SecretRedactor } from '../../../../src/logging/index.js';
import { shownMessage } from '../../../../src/orchestrator/trace/shown-message.js';
import type { WireJson } from '../../../../src/wire/index.js';

const secret = 'canary-77"x';
const redactor = new SecretRedactor();
redactor.add(secret);
redactor.add('123456789');

const operation = (params: WireJson) =>
  shownMessage(
    { op: 'service_operation', connection_id: 'c', service_type: 'Cache', operation: 'set', params },
    redactor,
  )['params'];

const response = (body: Uint8Array | null, headers: Record<string, string> = {}) =>
  shownMessage({ op: 'http_response', request_id: 'r', status_code: 200, headers, body }, redactor);

describe('shownMessage', () => {
  it('redacts secrets in values, keys and numbers', () => {
    expect(operation({ a: `x ${secret} y`, [secret]: 1, n: 123_456_789, deep: [{ v: secret }] })).toEqual({
      a: 'x [REDACTED] y',
      '[REDACTED]': 1,
      n: '[REDACTED]',
      deep: [{ v: '[REDACTED]' }],
    });
  });

  it('redacts what base64, bytes and percent-encoding hide', () => {
    const base64 = Buffer.from(JSON.stringify({ s: secret })).toString('base64');
    const shown = operation({
      whole: base64,
      inside: `/path/${base64}&x=1`,
      bytes: [...Buffer.from(`(${secret})`)],
      uri: `/?q=${encodeURIComponent(JSON.stringify({ s: secret }))}`,
    });
    expect(shown).toMatchObject({ whole: '[REDACTED]', bytes: '[REDACTED]', uri: '/?q={"s":"[REDACTED]"}' });
    expect(JSON.stringify(shown)).not.toMatch(/canary|eyJz/);
  });

  it('hides by its name what no secret store knows, in headers, queries, forms and bodies', () => {
    const request = (uri: string, headers: Record<string, string>, body: string) =>
      shownMessage(
        { op: 'http_request', request_id: 'r', method: 'POST', uri, headers, body: Buffer.from(body) },
        redactor,
      );
    const shown = request(
      '/?access_token=open%26sesame&x=1',
      { 'X-Api-Key': 'open-sesame', accept: 'a/b' },
      '{"user": "anna", "auth": {"password": "open-sesame", "tokens": ["open-sesame"], "tokenCount": 2}}',
    );
    expect(shown).toMatchObject({
      uri: '/?access_token=[REDACTED]&x=1',
      headers: { 'X-Api-Key': '[REDACTED]', accept: 'a/b' },
      body: '{"user":"anna","auth":{"password":"[REDACTED]","tokens":"[REDACTED]","tokenCount":2}}',
    });
    const [password, left] = [String.raw`"pass\"word`, '"password": null, "a": [{"n": 1}, {"clientSecret":"open-ses'];
    expect([
      request('/', {}, 'user=anna&password=open+sesame&n=1')['body'],
      request('/', {}, `{"name": 1, "password": ${password}", ${left}`)['body'],
      request('/', {}, `{"api_key": {"a": {"b": "open"}, "c": "ses`)['body'],
      request('/', {}, `{"name" : "open" , "password" : "${'open-sesame '.repeat(10_000)}"}`)['body'],
      request('/', {}, `{"password": "open-sesame\\`)['body'],
      operation({ rows: [{ password: 'open-sesame', passwordLength: 11 }], key: 'user:1' }),
    ]).toEqual([
      'user=anna&password=[REDACTED]&n=1',
      `{"name": 1, "password": "[REDACTED]", "password": null, "a": [{"n": 1}, {"clientSecret":"[REDACTED]"`,
      '{"api_key": "[REDACTED]"',
      '{"name" : "open" , "password" : "[REDACTED]"}',
      '{"password": "[REDACTED]"',
      { rows: [{ password: '[REDACTED]', passwordLength: 11 }], key: 'user:1' },
    ]);
  });

  it('never shows a token that somebody could use, wherever it stands', () => {
    const token = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.eyJzdWIiOiJ1In0.c2lnbmF0dXJl`;
    const shown = operation({
      token,
      inside: `/?t=${token}&x=1`,
      encrypted: `${token}.aXY.dGFn`,
      other: 'eyJhIjoxfQ.txt',
    });
    expect(shown).toEqual({
      token: '[REDACTED]',
      inside: '/?t=[REDACTED]&x=1',
      encrypted: '[REDACTED]',
      other: 'eyJhIjoxfQ.txt',
    });
    const answer = response(Buffer.from(JSON.stringify({ token })));
    expect(JSON.stringify(answer)).not.toContain('eyJ');
    const hostile = 'eyJ'.repeat(600_000);
    expect(JSON.stringify(operation({ hostile })).length).toBeLessThan(2_000);
  });

  it('leaves what holds no secret as it is', () => {
    const params = { list: [1, 2, 3], text: '100% of SGVsbG8gd29ybGQ=', none: null, yes: true };
    expect(operation(params)).toEqual(params);
  });

  it('never shows the value of a secret message, registered or not', () => {
    expect(shownMessage({ op: 'secret', name: 'KEY', value: 'nobody registered this' }, redactor)).toEqual({
      op: 'secret',
      name: 'KEY',
      value: '[REDACTED]',
    });
  });

  it('never shows the environment, token or nonce of a module', () => {
    const init = {
      op: 'init',
      orchestrator_api: 'o',
      module_id: 'm',
      env: { A: 'the environment' },
      listen: '127.0.0.1:1',
      auth_token: 'the token',
      ext: { v: 1, features: [], nonce: 'the nonce' },
      link: { launch: 'm#1', prefer: ['unix'], reattach: { wait_ms: 1, ticket: 'the ticket' } },
    } as const;
    expect(JSON.stringify(shownMessage(init, redactor))).not.toMatch(/the (environment|token|nonce|ticket)/);
  });

  it('never shows headers with credentials', () => {
    const { headers } = response(null, { 'Set-Cookie': 'session=1', authorization: 'Bearer 1', accept: '*/*' });
    expect(headers).toEqual({ 'Set-Cookie': '[REDACTED]', authorization: '[REDACTED]', accept: '*/*' });
  });

  it('shows bodies as text, and only counts those that are none', () => {
    expect(response(Buffer.from('hällo'))['body']).toBe('hällo');
    expect(response(Buffer.from([0xff, 0, 1, 2, 3]))['body']).toBe('[5 bytes]');
    expect(response(Buffer.from([0xff, 0xfe]))['body']).toBe('[2 bytes]');
    expect(response(Buffer.from('x'.repeat(5_000)))['body']).toBe(`${'x'.repeat(1_000)}[… 4000 more]`);
    // The last character that fits is cut in two.
    expect(response(Buffer.from('ä'.repeat(5_000)))['body']).toMatch(/^ä+\[… \d+ more\]$/);
  });

  it('only counts the bytes of a stream, which may begin or end within a secret', () => {
    const data = Buffer.from(secret.slice(3));
    expect(shownMessage({ op: 'stream_data', stream_id: 's', data }, redactor)).toEqual({
      op: 'stream_data',
      stream_id: 's',
      data: `[${data.byteLength} bytes]`,
    });
  });

  it('redacts before it cuts, so that no part of a secret is left', () => {
    const shown = operation({ text: `${'x'.repeat(995)}${secret}`, long: `${'y'.repeat(900)}${secret}`.repeat(50) });
    expect(JSON.stringify(shown)).not.toMatch(/xc|yc|canar/);
  });

  it('is bounded, however large or deep the message is', () => {
    let deep: object = {};
    for (let level = 0; level < 100; level += 1) deep = { deep, text: 'x'.repeat(2_000) };
    const rows = Array.from({ length: 10_000 }, () => ({ text: 'x'.repeat(2_000) }));
    const fields = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`key ${index}`, index]));
    for (const params of [deep, rows, fields, { rows, fields }])
      expect(JSON.stringify(operation(params as never)).length).toBeLessThan(20_000);
  });
});
