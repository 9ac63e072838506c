import type { ListenAddress } from './listen-address.js';

/** How a module may reach the orchestrator instead of through the socket or the stdio it inherits. */
export const channelNames = ['unix', 'tcp'] as const;
export type ChannelName = (typeof channelNames)[number];

/** Whether the module starts without it. */
export const channelNeeds = ['optional', 'required'] as const;
export type ChannelNeed = (typeof channelNeeds)[number];

export interface TlsFilesInput {
  /** Files in PEM form, relative to the configuration. */
  cert: string;
  key: string;
  /** Signs `cert`: what modules trust. Default: `cert` itself, as one that is self-signed. */
  ca?: string;
  /** Signs the certificates of modules, which then must show one. */
  clientCa?: string;
}

/** Where modules with `tcp` among their channels connect. */
export interface ChannelsConfigInput {
  tcp?: {
    /** Default `127.0.0.1:0`. */
    listen?: string;
    tls?: TlsFilesInput;
  };
}

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
  readonly clientCa: string | undefined;
}

export interface TcpChannelsConfig {
  readonly listen: ListenAddress;
  readonly tls: TlsFiles | undefined;
}
