/**
 * The origin of a request's URL from its host header, or a neutral one when that header is not a plain host: pasted
 * into a URL, `Host: x/admin` would change the path that is routed.
 */
export function requestOrigin(host: string | null | undefined): string {
  const isPlain = host !== null && host !== undefined && /^[^\s/?#@\\]+$/.test(host) && URL.canParse(`http://${host}`);
  return isPlain ? `http://${host}` : 'http://localhost';
}
