import { readFile } from 'node:fs/promises';
import { type ExpectedLink, type InitMessage, LaunchChannel } from '../../wire/index.js';
import type { TlsFiles } from '../config/channels.js';
import type { ModuleConfig } from '../config/orchestrator-config.js';
import type { LaunchedModule } from '../supervisor/module-launcher.js';

/** Where the orchestrator listens for modules. */
export interface LinkAddresses {
  readonly socketPath: string | undefined;
  /** `ip:port`. */
  readonly tcpAddress: string | undefined;
  readonly tlsFiles: TlsFiles | undefined;
}

type InitFields = Pick<InitMessage, 'tcp_channel' | 'ipc_channel' | 'auth_token' | 'security_level' | 'link'>;

/** A launch that may reach the orchestrator over those addresses, and what its init line says of them. */
export interface LaunchLink {
  initWith(reattach?: NonNullable<InitMessage['link']>['reattach']): InitFields;
  /** The same launch, listened to on both ways. */
  join(launched: LaunchedModule): LaunchedModule;
}

export async function launchLink(
  config: ModuleConfig,
  launchId: string,
  expected: ExpectedLink,
  where: LinkAddresses,
): Promise<LaunchLink> {
  const { link, ...init } = await initFields(config, launchId, expected.token, where);
  return {
    initWith: (reattach) => ({ ...init, link: { ...link, ...(reattach && { reattach }) } }),
    join: (launched) => ({
      ...launched,
      channel: new LaunchChannel(launched.channel, expected.link, { writesToBoth: false }),
    }),
  };
}

async function initFields(
  { channels, tls }: ModuleConfig,
  launchId: string,
  token: string,
  { socketPath, tcpAddress, tlsFiles }: LinkAddresses,
): Promise<InitFields & Required<Pick<InitFields, 'link'>>> {
  const isRequired = (name: 'unix' | 'tcp') => channels.get(name) === 'required';
  const ca = tlsFiles && (await readFile(tlsFiles.ca ?? tlsFiles.cert, 'utf8'));
  return {
    ...(tcpAddress !== undefined &&
      channels.has('tcp') && {
        tcp_channel: {
          address: tcpAddress,
          tls_enabled: tlsFiles !== undefined,
          required: isRequired('tcp'),
        },
      }),
    ...(socketPath !== undefined &&
      channels.has('unix') && { ipc_channel: { socket_path: socketPath, required: isRequired('unix') } }),
    auth_token: token,
    security_level: tlsFiles?.clientCa !== undefined && channels.has('tcp') ? 'Mtls' : 'Token',
    link: {
      launch: launchId,
      prefer: [...channels.keys()],
      ...(ca !== undefined && { ca }),
      ...(tls && { cert_file: tls.cert, key_file: tls.key }),
    },
  };
}
