import { IsOptional } from 'class-validator';
import { checkEntry } from './check-entry.js';
import type { ConfigProblem } from './config-problem.js';
import { parseSecretReference } from './config-values.js';
import { parseListenAddress } from './listen-address.js';
import { Parses } from './parses.js';
import { readTlsFiles } from './read-channels.js';
import { parseSecretGrants } from './secret-entries.js';
import type { StandaloneConfig, StandaloneConfigInput } from './standalone-config.js';

class StandaloneEntry {
  @Parses(parseListenAddress) listen!: string;
  @IsOptional() tls?: unknown;
  @Parses(parseSecretReference) token!: { secret: string };
  @Parses(parseSecretGrants) secrets!: StandaloneConfigInput['secrets'];
}

/** The section `standalone`, checked; undefined when it is off. */
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
