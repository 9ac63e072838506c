import type { JsonObject } from '../../foundation/index.js';

/** Something that passed between the orchestrator and a module, or how much of it this reader was too slow for. */
export type TraceEvent = TracedMessage | { readonly kind: 'dropped'; readonly count: number };

export interface TracedMessage {
  readonly kind: 'message';
  /** ISO 8601. */
  readonly time: string;
  readonly direction: 'to_module' | 'from_module';
  readonly op: string;
  /** Of the whole message on the wire, however little of it is shown. */
  readonly bytes: number;
  /** By what messages that belong together can be told: `request_id`, `connection_id` and the like. */
  readonly ids: Readonly<Record<string, string | number>>;
  /** The message, secrets redacted, long texts and lists cut. */
  readonly message: JsonObject;
}
