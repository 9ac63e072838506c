import { readFile } from 'node:fs/promises';
import { BootError, type Logger, messageOf } from '../foundation/index.js';
import {
  addressOf,
  type InitMessage,
  type LinkAddress,
  LinkDialer,
  type LinkDialerOptions,
  type LinkTls,
  reachable,
} from '../wire/index.js';

/**
 * What has opened the channel that the init line names instead of the one it came on; undefined when it names none, or
 * none works and the module may stay where it is. Rejects with CHANNEL_REQUIRED when one that is required does not work.
 */
export async function openLink(
  init: InitMessage,
  logger: Logger,
  options: Partial<LinkDialerOptions> = {},
): Promise<LinkDialer | undefined> {
  const { link, auth_token: token } = init;
  if (!link || token === undefined) return undefined;
  const addresses = await addressesIn(init);
  const dialer = new LinkDialer({
    addresses: addresses.map(({ address }) => address),
    launch: link.launch,
    token,
    logger,
    ...options,
  });
  try {
    const channel = await dialer.open();
    for (const { address, isRequired } of addresses)
      if (isRequired && address.kind !== channel.kind) await reachable(address);
    return dialer;
  } catch (error) {
    await dialer.link.close();
    if (addresses.some(({ isRequired }) => isRequired))
      throw new BootError('CHANNEL_REQUIRED', `a channel this module must have does not work: ${messageOf(error)}`, {
        cause: error,
      });
    logger.warn('no channel of the configuration works; the module stays on the one it inherited', { error });
    return undefined;
  }
}

async function addressesIn(init: InitMessage): Promise<{ address: LinkAddress; isRequired: boolean }[]> {
  const { link, ipc_channel: ipc, tcp_channel: tcp } = init;
  const addresses: { address: LinkAddress; isRequired: boolean }[] = [];
  for (const name of link?.prefer ?? []) {
    if (name === 'unix' && ipc)
      addresses.push({ address: { kind: 'unix', path: ipc.socket_path }, isRequired: ipc.required });
    if (name === 'tcp' && tcp) {
      const where = addressOf(tcp.address);
      const address: LinkAddress = tcp.tls_enabled
        ? { kind: 'tls', ...where, tls: await tlsIn(link) }
        : { kind: 'tcp', ...where };
      addresses.push({ address, isRequired: tcp.required });
    }
  }
  return addresses;
}

async function tlsIn(link: InitMessage['link']): Promise<LinkTls> {
  const [cert, key] = await Promise.all([fileOf(link?.cert_file), fileOf(link?.key_file)]);
  return {
    ...(link?.ca !== undefined && { ca: link.ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

async function fileOf(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : readFile(path, 'utf8');
}
