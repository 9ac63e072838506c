export { armCall, wasNeverSent } from './call-table.js';
export type { Channel, ChannelEnd, ChannelKind, ChannelReader } from './channel.js';
export { encodeFrame, type Frame, FrameSplitter, textOfFrame } from './channels/frame-codec.js';
export { FrameChannel, type FrameChannelOptions } from './channels/frame-channel.js';
export { inheritedSocketVariables, openInheritedSocket } from './channels/inherited-socket.js';
export { LaunchChannel } from './channels/launch-channel.js';
export { LineChannel, type LineChannelOptions } from './channels/line-channel.js';
export { describeEnd } from './channels/stream-channel.js';
export { createMemoryChannels } from './channels/memory-channel.js';
export { agreesToBeat } from './extensions.js';
export { defaultHeartbeat, heartbeatFields, type HeartbeatSettings } from './heartbeat-settings.js';
export { acceptLink, type ExpectedLink, type WaitingLink } from './link/accept-link.js';
export { addressOf, type LinkAddress, type LinkTls, reachable } from './link/dial-link.js';
export { LinkChannel } from './link/link-channel.js';
export { LinkDialer, type LinkDialerOptions } from './link/link-dialer.js';
export { PlainChannel } from './link/plain-channel.js';
export { newToken } from './link/link-proof.js';
export { hashOfTicket, newTicket } from './link/link-ticket.js';
export { encodeForPython, encodeMessage } from './encode.js';
export { decodeModuleEnvelope } from './envelope.js';
export { isAnnouncement } from './is-announcement.js';
export { isWireObject, type WireJson, type WireObject } from './json/wire-json.js';
export { describeLiveness, type Liveness } from './liveness.js';
export { logLiveness } from './log-liveness.js';
export type {
  AnnounceMessage,
  Endpoint,
  GetSecretMessage,
  HttpRequestMessage,
  HttpResponseMessage,
  InitMessage,
  ModuleMessage,
  OrchestratorMessage,
  RotatedMessage,
  ShutdownMessage,
} from './messages.js';
export { chunkWithin, defaultWireLimits, initLineLimit, initLineVariables, type WireLimits } from './limits.js';
export type { RouteTarget } from './module-requests.js';
export { ModulePeer, type ModulePeerHandlers, type ModulePeerOptions } from './module-peer.js';
export { ModuleSession, type ModuleSessionHandlers, type ModuleSessionOptions } from './module-session.js';
export type {
  ServiceBroker,
  ServiceCallOptions,
  ServiceConnection,
  ServiceOpenRequest,
  ServiceType,
} from './service.js';
export type { RoutedCall } from './orchestrator-calls.js';
export type { OpenPipe, Pipe, PipeReceiver } from './pipe.js';
export { StreamTable } from './streams/stream-table.js';
export { type CalledService, type CallEnd, type DropReason, watched, type WireObserver } from './wire-observer.js';
