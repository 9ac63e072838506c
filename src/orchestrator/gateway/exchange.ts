import { randomUUID } from 'node:crypto';
import { longestTimerMs, PyWattError, WireError } from '../../foundation/index.js';
import { responseFromWire, type WireBody, type WireRequestHead } from '../../http/index.js';
import type { HttpResponseMessage, ModulePeer } from '../../wire/index.js';

export interface ExchangeOptions {
  /** How long the module may take to answer, from when it has the whole request. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Where Node's timers end: the deadline of such a request is kept here, since it begins later. */
const noTimeoutMs = longestTimerMs;

/**
 * One request to a module and its answer, of which long bodies are streams. Rejects with CALL_TIMEOUT, CHANNEL_CLOSED,
 * RESPONSE_INVALID, the signal's reason, or the failure of the request's body.
 */
export async function exchange(
  peer: Pick<ModulePeer, 'request' | 'streams'>,
  head: WireRequestHead,
  body: WireBody,
  options: ExchangeOptions,
): Promise<Response> {
  const answer =
    body instanceof ReadableStream
      ? await upload(peer, head, body, options)
      : await peer.request({ ...head, body }, options);
  return answer.body_stream === undefined ? responseFromWire(answer) : download(peer, answer, answer.body_stream);
}

async function upload(
  peer: Pick<ModulePeer, 'request' | 'streams'>,
  head: WireRequestHead,
  body: ReadableStream<Uint8Array>,
  { timeoutMs, signal }: ExchangeOptions,
): Promise<HttpResponseMessage> {
  const { streams } = peer;
  if (streams === undefined) throw new WireError('CHANNEL_CLOSED', 'the module takes no streams any more');
  const id = randomUUID();
  const failed = new AbortController();
  let isAnswered = false;
  let timer: NodeJS.Timeout | undefined;
  const late = () => failed.abort(new WireError('CALL_TIMEOUT', `no answer within ${timeoutMs} ms`));
  const startDeadline = () => {
    if (!isAnswered) timer = setTimeout(late, timeoutMs);
  };
  const either = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]);
  streams.write(id, body, either).then(startDeadline, (error: unknown) => {
    // A module may answer without wanting all of the body.
    if (PyWattError.is(error) && error.code === 'STREAM_ABORTED') startDeadline();
    else failed.abort(error);
  });
  try {
    const request = { ...head, body: null, body_stream: id };
    return await peer.request(request, { timeoutMs: noTimeoutMs, signal: either });
  } catch (error) {
    failed.abort(error);
    throw error;
  } finally {
    isAnswered = true;
    clearTimeout(timer);
  }
}

function download(peer: Pick<ModulePeer, 'streams'>, answer: HttpResponseMessage, id: string): Response {
  const { streams } = peer;
  if (streams === undefined) return responseFromWire(answer);
  const body = streams.read(id);
  try {
    const response = responseFromWire(answer, body);
    if (response.body === null) streams.stopReading(id);
    return response;
  } catch (error) {
    streams.stopReading(id);
    throw error;
  }
}
