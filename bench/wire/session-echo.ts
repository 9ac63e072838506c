import { type Channel, ModulePeer, ModuleSession, type ServiceConnection } from '../../src/wire/index.js';
import { silentLogger } from '../silent-logger.js';
import type { Echo } from './contender.js';

const echo: ServiceConnection = {
  info: {},
  typedValues: true,
  call: (_operation, params) => Promise.resolve(params),
  close: () => Promise.resolve(),
};

/** The orchestrator's end of our session, which serves an echo. */
export function serveSessionEcho(channel: Channel): void {
  const refuse = () => Promise.reject(new Error('the benchmark asks for nothing else'));
  const peer = new ModulePeer(channel, {
    moduleId: 'bench',
    logger: silentLogger,
    handlers: {
      getSecret: refuse,
      requestPort: refuse,
      openService: () => Promise.resolve(echo),
      stray: () => undefined,
      ended: () => process.exit(0),
    },
    observer: {
      sent: () => undefined,
      received: () => undefined,
      dropped: () => undefined,
      called: () => () => undefined,
      heartbeat: () => undefined,
    },
  });
  peer.start({ orchestrator_api: '', module_id: 'bench', env: {}, listen: '127.0.0.1:1' });
}

/** The module's end, with correlation, deadlines and bounds as in any module. */
export async function callSessionEcho(channel: Channel): Promise<Echo> {
  const session = await ModuleSession.open(channel, { logger: silentLogger });
  session.announce('127.0.0.1:1', []);
  const connection = await session.openService({ Custom: 'echo' }, 'default');
  return ({ value }) => connection.call('echo', value);
}
