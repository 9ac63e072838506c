import { describe, expect, it } from '@jest/globals';
import { decodeInitLine, decodeModuleMessage, decodeOrchestratorLine } from '../../../../src/wire/decode.js';

const fromOrchestrator = (line: string) => decodeOrchestratorLine(line).kind;
const fromModule = (line: string) => decodeModuleMessage(line).kind;
const init = (more: string) =>
  decodeInitLine(`{"orchestrator_api":"o","module_id":"m","env":{},"listen":"127.0.0.1:1"${more}}`);
const route = (id: string) =>
  `{"op":"routed_module_response","source_module_id":"m","request_id":"${id}","payload":{"data":[],"format":"Json"}}`;
const port = (value: string) => `{"op":"port_response","request_id":"r","success":true,"port":${value}}`;

/** Rules of PROTOCOL section 1, beyond the golden vectors. */
describe('what the Rust types accept, ours do', () => {
  it.each([
    ['a field nobody knows that comes twice', '{"op":"heartbeat","x":1,"x":2}'],
    ['a field of another op that comes twice', '{"op":"shutdown","name":"a","name":"b"}'],
    ['an array for a message', '["rotated",["A"],"r"]'],
    ['an array with an option left null', '["port_response","r",false,0,null]'],
    ['arrays for the parts too', '["routed_module_response","m","6f1b0d8e3c524f0a9d3e2b7a5c1e9f00",[[],"Json"]]'],
    ['extensions of a form that is not ours', '{"op":"heartbeat","seq":"one"}'],
    ['a result that is absent', '{"op":"service_operation_result","success":true}'],
    ['keys that come twice in free JSON', '{"op":"service_operation_result","success":true,"result":{"a":1,"a":2}}'],
    ['an op written with escapes', '{"\\u006fp":"\\u0073hutdown"}'],
    ['the object form of a name', route('6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00').replace('"Json"', '{"Json":null}')],
    ['the last port', port('65535')],
  ])('%s', (_, line) => {
    expect(fromOrchestrator(line)).toBe('message');
  });

  it('any status of 16 bits, and any word for the state of a rotation', () => {
    expect(fromModule('{"op":"http_response","request_id":"r","status_code":65535,"headers":{}}')).toBe('message');
    expect(fromModule('{"op":"rotation_ack","rotation_id":"r","status":"pending"}')).toBe('message');
  });

  it('the handshake as an array, and with an op of any kind', () => {
    expect(decodeInitLine('["o","m",{},"/run/x",null,null,null]')).toMatchObject({
      message: { listen: '/run/x', security_level: 'None' },
    });
    expect(init(',"op":7').kind).toBe('message');
  });

  it('addresses as Rust reads them', () => {
    const address = (text: string) =>
      init(`,"tcp_channel":{"address":"${text}","tls_enabled":false,"required":true}`).kind;
    expect(['127.0.0.1:0', '[::1]:65535', '[fe80::1%3]:1', '127.0.0.1:080'].map(address)).toEqual(
      Array.from({ length: 4 }, () => 'message'),
    );
    expect(
      ['localhost:1', '::1:1', '127.0.0.1', '127.0.0.1:65536', '1.2.3:4', '[fe80::1%eth0]:1', ''].map(address),
    ).toEqual(Array.from({ length: 7 }, () => 'malformed'));
  });
});

describe('what the Rust types refuse, ours do', () => {
  it.each([
    ['an op that comes twice, even the same one', '{"op":"heartbeat","op":"heartbeat"}'],
    ['a field that comes twice', '{"op":"secret","name":"K","value":"a","value":"a"}'],
    ['a field that comes twice, once with an escape', '{"op":"secret","name":"K","value":"a","valu\\u0065":"a"}'],
    [
      'an optional field that comes twice',
      '{"op":"secret","name":"K","value":"a","rotation_id":null,"rotation_id":"r"}',
    ],
    [
      'a field that comes twice in a part',
      route('6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00').replace('"format"', '"data":[],"format"'),
    ],
    ['an array with a value too many', '["heartbeat",1]'],
    ['an array with a value too few', '["secret","K","v"]'],
    ['an array without an op', '[]'],
    ['a null that is no option', '{"op":"rotated","keys":null,"rotation_id":"r"}'],
    ['a boolean in quotes', '{"op":"service_response","id":"i","service_type":"Jwt","success":"true"}'],
    ['a port written with an exponent', port('1e2')],
    ['a port below 0', port('-1')],
    ['a port that is -0', port('-0')],
    ['a port in quotes', port('"1"')],
    ['a UUID in upper-case urn', route('URN:UUID:6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00')],
    ['a braced UUID without hyphens', route('{6f1b0d8e3c524f0a9d3e2b7a5c1e9f00}')],
    ['a urn UUID without hyphens', route('urn:uuid:6f1b0d8e3c524f0a9d3e2b7a5c1e9f00')],
    ['a UUID with hyphens elsewhere', route('6f1b0d8e3-c52-4f0a-9d3e-2b7a5c1e9f00')],
    ['a UUID that is too short', route('6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f0')],
    [
      'a name that comes twice in its object form',
      route('6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00').replace('"Json"', '{"Json":null,"Json":null}'),
    ],
    ['bytes with a fraction', route('6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00').replace('[]', '[1.0]')],
    ['bytes in quotes', route('6f1b0d8e-3c52-4f0a-9d3e-2b7a5c1e9f00').replace('[]', '"AA=="')],
    ['a Python body', '{"op":"http_request","request_id":"r","method":"GET","uri":"/","headers":{},"body":"hi"}'],
  ])('%s', (_, line) => {
    expect(fromOrchestrator(line)).toBe('malformed');
  });

  it.each([
    ['a custom service without its name', '{"op":"service_request","id":"i","service_type":"Custom"}'],
    ['a service with a value', '{"op":"service_request","id":"i","service_type":{"Cache":1}}'],
    [
      'a custom service that comes twice',
      '{"op":"service_request","id":"i","service_type":{"Custom":"a","Custom":"b"}}',
    ],
    ['an endpoint without methods', '{"op":"announce","listen":"l","endpoints":[{"path":"/"}]}'],
    ['a status beyond 16 bits', '{"op":"http_response","request_id":"r","status_code":65536,"headers":{}}'],
    ['a Python announcement', '{"listen":"l","endpoints":[]}'],
    ['nested Python fields', '{"op":"get_secret","get_secret":{"name":"K"}}'],
  ])('%s', (_, line) => {
    expect(fromModule(line)).toBe('malformed');
  });

  it('a handshake with a field that comes twice, or a channel that is not complete', () => {
    for (const more of [
      ',"listen":"127.0.0.1:1"',
      ',"tcp_channel":{"address":"127.0.0.1:1","required":true}',
      ',"ipc_channel":{"socket_path":"/x","required":null}',
      ',"auth_token":5',
      ',"env":{}',
    ])
      expect(init(more).kind).toBe('malformed');
  });

  it('names the message and the field, never the value', () => {
    expect(decodeOrchestratorLine('{"op":"secret","name":"K","value":5551234}')).toEqual({
      kind: 'malformed',
      reason: "secret: field 'value' must be a string",
    });
  });
});
