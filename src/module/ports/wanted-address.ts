import { BootError } from '../../foundation/index.js';

/** Where HTTP shall listen, as far as somebody said. */
export interface WantedAddress {
  readonly host: string | undefined;
  /** 0: any that is free. */
  readonly port: number;
}

/** What `HOST` and `PORT` say. Throws CONFIG_INVALID for a PORT that is none. */
export function wantedAddress(env: NodeJS.ProcessEnv): WantedAddress {
  return { host: env['HOST'] || undefined, port: parsePort(env['PORT']) };
}

function parsePort(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new BootError(
    'CONFIG_INVALID',
    `PORT is '${text}'; write a number from 0 to 65535, or unset it for any free port`,
  );
}
