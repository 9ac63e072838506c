import { resolve } from 'node:path';
import { ChannelsEntry, TcpChannelsEntry, TlsEntry } from './channel-entries.js';
import type { TcpChannelsConfig, TlsFiles } from './channels.js';
import { checkEntry } from './check-entry.js';
import type { ConfigPath, ConfigProblem } from './config-problem.js';
import { parseListenAddress } from './listen-address.js';

/** The section `channels`, checked; relative paths start at `base`. */
export function readChannels(section: unknown, base: string, problems: ConfigProblem[]): TcpChannelsConfig {
  const entry = section == null ? undefined : checkEntry(ChannelsEntry, section, ['channels'], problems);
  const tcp = entry?.tcp == null ? undefined : checkEntry(TcpChannelsEntry, entry.tcp, ['channels', 'tcp'], problems);
  return {
    listen: parseListenAddress(tcp?.listen ?? '127.0.0.1:0'),
    tls: readTlsFiles(tcp?.tls, base, ['channels', 'tcp', 'tls'], problems),
  };
}

/** Paths of files, made absolute. */
export function readTlsFiles(
  value: unknown,
  base: string,
  path: ConfigPath,
  problems: ConfigProblem[],
): TlsFiles | undefined {
  const entry = value == null ? undefined : checkEntry(TlsEntry, value, path, problems);
  if (!entry) return undefined;
  const optional = (file: string | null | undefined) => (file == null ? undefined : resolve(base, file));
  const { cert, key, ca, clientCa } = entry;
  return { cert: resolve(base, cert), key: resolve(base, key), ca: optional(ca), clientCa: optional(clientCa) };
}
