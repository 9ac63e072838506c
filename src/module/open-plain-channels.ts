import { BootError, type Logger, messageOf } from '../foundation/index.js';
import { addressOf, type LinkAddress, type ModuleSession, PlainChannel } from '../wire/index.js';

/**
 * Opens the TCP and unix channels that a plain orchestrator names in its init line, and returns what closes them. One
 * that is required and does not open fails with CHANNEL_REQUIRED; an optional one is tried again and again.
 */
export async function openPlainChannels(session: ModuleSession, logger: Logger): Promise<() => Promise<void>> {
  const { tcp_channel: tcp, ipc_channel: ipc, module_id: moduleId } = session.init;
  const channels: PlainChannel[] = [];
  const closeAll = async () => void (await Promise.all(channels.map((channel) => channel.close())));
  const open = async (address: LinkAddress, isRequired: boolean) => {
    const channel = new PlainChannel({
      address,
      moduleId,
      logger,
      onMessage: (message, reply) => session.hear(message, reply),
    });
    channels.push(channel);
    try {
      await channel.open();
    } catch (error) {
      if (isRequired) {
        await closeAll();
        const reason = `a channel this module must have does not work: ${messageOf(error)}`;
        throw new BootError('CHANNEL_REQUIRED', reason, { cause: error });
      }
      logger.warn('an optional channel does not work; it is tried again', { reason: messageOf(error) });
      void channel.reconnect();
    }
  };
  // One after the other and TCP first, as Rust modules do.
  if (tcp) {
    const where = addressOf(tcp.address);
    await open(tcp.tls_enabled ? { kind: 'tls', ...where, tls: {} } : { kind: 'tcp', ...where }, tcp.required);
  }
  if (ipc) await open({ kind: 'unix', path: ipc.socket_path }, ipc.required);
  return closeAll;
}
