import { readExactJson } from '../../src/wire/json/exact-json.js';
import { isWireObject, type WireJson } from '../../src/wire/index.js';

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/** What is written for people, and measured: only its type is the protocol's. */
const varying = new Set(['error', 'error_message', 'message', 'description', 'lag_ms']);

/** Ids and nonces are made anew in every session: which one stands for which recorded one. */
export class LiveIds {
  readonly #live = new Map<string, string>();

  /** A recorded line as this session's other end would write it. */
  toLive(line: string): string {
    return line.replaceAll(uuid, (id) => this.#live.get(id) ?? id);
  }

  /** Where a line lacks something of the recorded one; undefined when it has all of it. More than that is allowed. */
  difference(recorded: string, live: string): string | undefined {
    const known = new Map(this.#live);
    const found = differenceIn(readExactJson(recorded).value, readExactJson(live).value, '$', known);
    if (found === undefined) for (const [from, to] of known) this.#live.set(from, to);
    return found;
  }
}

function differenceIn(
  recorded: WireJson | undefined,
  live: WireJson | undefined,
  path: string,
  ids: Map<string, string>,
): string | undefined {
  const key = /[^.]*$/.exec(path)![0];
  // An offer grows with every version.
  if (path === '$.ext' && isOffer(recorded) && isOffer(live))
    return differenceIn(recorded['nonce'], live['nonce'], `${path}.nonce`, ids);
  // An echo for readers that know no request ids.
  if (path === '$.params' && live === undefined && isWireObject(recorded) && 'connection_id' in recorded)
    return undefined;
  if (varying.has(key) && typeof recorded === typeof live && recorded !== null) return undefined;
  // Ids of requests are the caller's to choose, those of connections the orchestrator's.
  if (
    (key === 'request_id' || key === 'connection_id') &&
    typeof live === 'string' &&
    isUuid(recorded) &&
    !ids.has(recorded)
  ) {
    ids.set(recorded, live);
    return undefined;
  }
  if (typeof recorded === 'string' && typeof live === 'string') return differenceOfTexts(recorded, live, path, ids);
  if (Array.isArray(recorded) && Array.isArray(live)) {
    if (recorded.length !== live.length) return `${path} has ${live.length} items instead of ${recorded.length}`;
    return firstOf(recorded.keys(), (index) => differenceIn(recorded[index], live[index], `${path}.${index}`, ids));
  }
  if (isWireObject(recorded) && isWireObject(live))
    return firstOf(Object.keys(recorded), (name) => differenceIn(recorded[name], live[name], `${path}.${name}`, ids));
  return recorded === live ? undefined : `${path} is not as recorded`;
}

function isUuid(value: WireJson | undefined): value is string {
  return typeof value === 'string' && value.replace(uuid, '') === '';
}

function isOffer(value: WireJson | undefined): value is { readonly [key: string]: WireJson } {
  return isWireObject(value) && 'nonce' in value;
}

function differenceOfTexts(recorded: string, live: string, path: string, ids: Map<string, string>): string | undefined {
  const from = recorded.match(uuid) ?? [];
  const to = live.match(uuid) ?? [];
  for (const [index, id] of from.entries()) if (!ids.has(id) && to[index] !== undefined) ids.set(id, to[index]);
  const expected = recorded.replaceAll(uuid, (id) => ids.get(id) ?? id);
  return expected === live ? undefined : `${path} is ${JSON.stringify(live)} instead of ${JSON.stringify(expected)}`;
}

function firstOf<K>(keys: Iterable<K>, difference: (key: K) => string | undefined): string | undefined {
  for (const key of keys) {
    const found = difference(key);
    if (found !== undefined) return found;
  }
  return undefined;
}
