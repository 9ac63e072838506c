import { isIPv4, isIPv6 } from 'node:net';
import { type Field, mismatch } from './field.js';
import { string } from './scalars.js';

/** A literal address and port, such as 127.0.0.1:80 or [::1]:80, in the form that Rust writes. */
export const socketAddress: Field<string> = (holder, key) => {
  const value = holder[key];
  const address = typeof value === 'string' ? canonical(value) : undefined;
  return address ?? mismatch(key, 'a literal IP address and port');
};

/** The same, or else the path of a socket. */
export const listenAddress: Field<string> = (holder, key, reading) => {
  const value = string(holder, key, reading);
  return canonical(value) ?? value;
};

function canonical(text: string): string | undefined {
  const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  if (Number(port) > 65_535) return undefined;
  const address = v4 === undefined ? v6 && canonicalIPv6(v6) : isIPv4(v4) && v4;
  return address ? `${address}:${Number(port)}` : undefined;
}

/** Rust takes a zone only by its number of 32 bits, and writes none for 0. */
function canonicalIPv6(text: string): string | undefined {
  const [address = '', zone = '0', ...more] = text.split('%');
  const isZone = more.length === 0 && /^\d+$/.test(zone) && Number(zone) <= 4_294_967_295;
  if (!isZone || !isIPv6(address)) return undefined;
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  return `[${withIPv4(short)}${Number(zone) === 0 ? '' : `%${Number(zone)}`}]`;
}

/** ::ffff:7f00:1 is written as ::ffff:127.0.0.1. */
function withIPv4(short: string): string {
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(short) ?? [];
  if (high === undefined || low === undefined) return short;
  const parts = [high, low].flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255]);
  return `::ffff:${parts.join('.')}`;
}
