import { ProxiedCacheStore } from '../../../src/cache/index.js';
import type { JsonObject } from '../../../src/foundation/index.js';
import type { WireJson } from '../../../src/wire/index.js';
import { overLines } from '../wire/over-lines.js';

/** A store whose connection records what it is sent and answers as it is told. */
export function storeWith(
  answer: (operation: string, params: WireJson) => WireJson,
  typedValues = true,
  info: JsonObject = {},
) {
  const sent: [operation: string, params: WireJson][] = [];
  let closes = 0;
  const store = new ProxiedCacheStore('sessions', {
    info,
    typedValues,
    maxMessageBytes: 1_000,
    call: async (operation, params) => {
      sent.push([operation, overLines(params)]);
      return answer(operation, params);
    },
    close: async () => void closes++,
  });
  return { store, sent, closes: () => closes };
}
