import type { Logger } from '../foundation/index.js';
import { createLogger, parseLogLevel, type SecretRedactor } from '../logging/index.js';

/** Tests are quiet: errors only, or what LOG_LEVEL of the test's env says. */
export function testLogger(env: Readonly<Record<string, string>>, redactor: SecretRedactor): Logger {
  return createLogger({ level: parseLogLevel(env['LOG_LEVEL'] ?? 'error'), redactor, format: 'pretty' });
}
