import type { TlsFiles, TlsFilesInput } from './channels.js';
import type { ListenAddress } from './listen-address.js';

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
