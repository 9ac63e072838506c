import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { limitBody } from '../../../src/http/limit-body.js';

it('a limited request still aborts with the first one’s signal once nobody holds the first one', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const leaving = new AbortController();
  const limit = () => {
    const body = new ReadableStream<Uint8Array>();
    return limitBody(new Request('http://x/', { method: 'POST', body, duplex: 'half', signal: leaving.signal }), 10);
  };
  const limited = limit();
  await new Promise((turn) => setImmediate(turn));
  collect();
  leaving.abort();
  expect(limited.signal.aborted).toBe(true);
});
