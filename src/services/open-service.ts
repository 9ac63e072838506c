import type { ServiceConnection } from '../wire/index.js';
import { HandlerConnection } from './handler-connection.js';
import type { ServiceContract } from './service-calls.js';
import { type OpenedClient, openServiceClient } from './service-client.js';
import { serviceErrorFrom } from './service-error.js';
import type { DirectContext, ServiceImplementation } from './service-handlers.js';

/** Opens a service that this process implements. The caller closes it: first the calls end, then the implementation. */
export async function openDirectService(
  implementation: ServiceImplementation,
  context: DirectContext,
): Promise<OpenedClient> {
  const { service } = implementation;
  const { handlers, close } = await implementation.open(context);
  const { moduleId, logger } = context;
  const opened = openServiceClient(service, new HandlerConnection({ service, handlers, moduleId, logger }));
  return {
    client: opened.client,
    close: async () => {
      await opened.close();
      await close();
    },
  };
}

/** Opens a service that the orchestrator implements. Rejects with a ServiceError. */
export async function openProxiedService(
  service: ServiceContract,
  open: () => Promise<ServiceConnection>,
): Promise<OpenedClient> {
  try {
    return openServiceClient(service, await open());
  } catch (error) {
    throw serviceErrorFrom(error, `service '${service.id}'`);
  }
}
