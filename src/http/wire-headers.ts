/** Headers that belong to one connection, or that the wire makes itself. */
const notCarried = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'content-length',
]);

/** The headers of a wire message: one value for each lower-case name, repeated ones once more in full. */
export interface WireHeaders {
  readonly headers: Readonly<Record<string, string>>;
  readonly headers_multi?: readonly (readonly [string, string])[];
}

/** What of `headers` is carried to the other side. `set-cookie` is the only one whose values must stay apart. */
export function headersToWire(headers: Headers): WireHeaders {
  const perHop = new Set((headers.get('connection') ?? '').split(',').map((name) => name.trim().toLowerCase()));
  const carried = [...headers].filter(([name]) => !notCarried.has(name) && !perHop.has(name));
  const cookies = headers.getSetCookie();
  return {
    headers: Object.fromEntries(carried),
    ...(cookies.length > 1 && { headers_multi: cookies.map((cookie) => ['set-cookie', cookie] as const) }),
  };
}

/** Throws `TypeError` for a name or value that is no HTTP header. */
export function headersFromWire({ headers, headers_multi = [] }: WireHeaders): Headers {
  const repeated = new Set(headers_multi.map(([name]) => name.toLowerCase()));
  const single = Object.entries(headers).filter(([name]) => !repeated.has(name.toLowerCase()));
  const result = new Headers();
  for (const [name, value] of [...single, ...headers_multi]) {
    if (!notCarried.has(name.toLowerCase())) result.append(name, value);
  }
  return result;
}
