import { type SecretFinder, StreamRedactor } from './stream-redactor.js';

const texts = /^(?:text\/(?!event-stream)|application\/(?:[\w.-]+\+)?(?:json|xml))/i;

/** An answer of HTTP, secrets hidden in the body of one that tells of an error (400 and above) in text or JSON. */
export function redactAnswer(answer: Response, finder: SecretFinder): Response {
  const { status, statusText, body } = answer;
  if (status < 400 || body === null || !texts.test(answer.headers.get('content-type') ?? '')) return answer;
  const headers = new Headers(answer.headers);
  headers.delete('content-length');
  return new Response(body.pipeThrough(redactingStream(finder)), { status, statusText, headers });
}

function redactingStream(finder: SecretFinder): TransformStream<Uint8Array, Uint8Array> {
  const redactor = new StreamRedactor(finder);
  const send = (shown: string, controller: TransformStreamDefaultController<Uint8Array>) => {
    if (shown !== '') controller.enqueue(new Uint8Array(Buffer.from(shown, 'latin1')));
  };
  return new TransformStream({
    transform: (chunk, controller) => send(redactor.push(Buffer.from(chunk).toString('latin1')), controller),
    flush: (controller) => send(redactor.release(), controller),
  });
}
