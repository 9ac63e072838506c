import { IsOptional } from 'class-validator';
import { checkEntry } from './check-entry.js';
import type { TlsFiles, TlsFilesInput } from './channels.js';
import type { ConfigProblem } from './config-problem.js';
import { parseSecretReference } from './config-values.js';
import { type ListenAddress, parseListenAddress } from './listen-address.js';
import { Parses } from './parses.js';
import { readTlsFiles } from './read-channels.js';
import { parseSecretGrants } from './secret-entries.js';

/** Where processes that the orchestrator did not start get secrets. Off unless it is written. */
export interface StandaloneConfigInput {
  listen: string;
  /** Required unless `listen` is an address of this machine alone. */
  tls?: TlsFilesInput;
  /** The secret that such a process must know, of 16 characters or more. */
  token: { secret: string };
  /** What such a process may read, and write where it says so. */
  secrets: (string | { name: string; access?: 'read' | 'write' })[];
}

export interface StandaloneConfig {
  readonly listen: ListenAddress;
  readonly tls: TlsFiles | undefined;
  readonly tokenSecret: string;
  readonly secrets: ReadonlyMap<string, 'read' | 'write'>;
}

class StandaloneEntry {
  @Parses(parseListenAddress) listen!: string;
  @IsOptional() tls?: unknown;
  @Parses(parseSecretReference) token!: { secret: string };
  @Parses(parseSecretGrants) secrets!: StandaloneConfigInput['secrets'];
}

export function readStandalone(
  section: unknown,
  base: string,
  problems: ConfigProblem[],
): StandaloneConfig | undefined {
  if (section === undefined || section === null || section === false) return undefined;
  const entry = checkEntry(StandaloneEntry, section, ['standalone'], problems);
  if (!entry) return undefined;
  const listen = parseListenAddress(entry.listen);
  const tls = readTlsFiles(entry.tls, base, ['standalone', 'tls'], problems);
  if (entry.tls == null && !isLoopback(listen.host)) {
    const message = `is missing: secrets would leave this machine unencrypted at ${listen.host}; name { cert, key }, or listen on 127.0.0.1`;
    problems.push({ path: ['standalone', 'tls'], message });
  }
  const secrets = parseSecretGrants(entry.secrets);
  return { listen, tls, tokenSecret: parseSecretReference(entry.token), secrets };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
