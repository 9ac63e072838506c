import { PyWattError, WireError } from '../../../src/foundation/index.js';
import type { ServiceConnection, WireJson } from '../../../src/wire/index.js';
import { overLines } from '../../unit/wire/over-lines.js';

/** A connection whose values and errors pass as JSON, and whose caller gives up at its own deadline or signal, as a session's does. */
export function throughJson(connection: ServiceConnection): ServiceConnection {
  return {
    info: overLines(connection.info),
    typedValues: connection.typedValues,
    call: (operation, params, { timeoutMs = 30_000, signal } = {}) =>
      new Promise<WireJson>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new WireError('CALL_TIMEOUT', `${operation}: no answer within ${timeoutMs} ms`)),
          timeoutMs,
        );
        const onAbort = () => reject(signal?.reason);
        signal?.addEventListener('abort', onAbort, { once: true });
        connection
          .call(operation, overLines(params))
          .then(
            (result) => resolve(overLines(result)),
            (error: unknown) => reject(rebuilt(error)),
          )
          .finally(() => {
            clearTimeout(timer);
            signal?.removeEventListener('abort', onAbort);
          });
      }),
    close: () => connection.close(),
  };
}

/** What the wire keeps of an error: no class, no stack, no cause. */
function rebuilt(error: unknown): Error {
  const { code, message, retryable, details } = JSON.parse(JSON.stringify(error)) as PyWattError<'database'>;
  return new PyWattError('database', code, message, { retryable, details });
}
