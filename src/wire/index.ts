export type { Channel, ChannelEnd, ChannelReader } from './channel.js';
export type * from './messages.js';
export type { ServiceBroker, ServiceCallOptions, ServiceConnection, ServiceOpenRequest, ServiceType } from './service.js';
