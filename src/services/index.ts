export { CustomServiceBroker } from './custom-service-broker.js';
export {
  defineService,
  type HandlersOf,
  InjectService,
  type ServiceDefinition,
  serviceKind,
  type ServiceOf,
  serviceToken,
} from './define-service.js';
export type { DirectService } from './direct-service.js';
export { openDirectService, openProxiedService } from './open-service.js';
export { type Operation, operation, type OperationTable } from './operation.js';
export { isServedByClass, type ServedByClass } from './served-by-class.js';
export { busy, RunningCalls } from './running-calls.js';
export { ServedService } from './served-service.js';
export { type ServiceCall, ServiceDispatcher } from './service-dispatcher.js';
export { isServiceId, type ServiceContract } from './service-calls.js';
export type { OpenedClient, OperationCallOptions, ServiceClient } from './service-client.js';
export { ServiceError, serviceErrorFrom } from './service-error.js';
export {
  type DirectContext,
  type HandlerContext,
  isServiceImplementation,
  type OpenedHandlers,
  type ServiceHandlers,
  type ServiceImplementation,
} from './service-handlers.js';
