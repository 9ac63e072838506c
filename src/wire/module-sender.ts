import type { Channel } from './channel.js';
import { encodePlainHttpResponse } from './encode.js';
import type { Agreement } from './extensions.js';
import type { InitMessage, ModuleMessage } from './messages.js';
import { sendMessage, type SendOptions } from './send-message.js';

/** Writes a module's messages in the form and within the limits of its orchestrator, on the channel of now. */
export class ModuleSender {
  readonly #init: InitMessage;
  readonly #agreement: Agreement;
  #channel: Channel;
  #form: SendOptions<ModuleMessage>;

  constructor(init: InitMessage, agreement: Agreement, channel: Channel) {
    this.#init = init;
    this.#agreement = agreement;
    this.#channel = channel;
    this.#form = this.#formFor(channel);
  }

  get channel(): Channel {
    return this.#channel;
  }

  moveTo(channel: Channel): void {
    this.#channel = channel;
    this.#form = this.#formFor(channel);
  }

  /** Throws as `sendMessage`. */
  send(message: ModuleMessage): void {
    if (message.op === 'http_response' && this.#agreement.version === 0)
      return this.#channel.send(encodePlainHttpResponse(message, this.#init.module_id, crypto.randomUUID()));
    sendMessage(this.#channel, message, this.#form);
  }

  #formFor(channel: Channel): SendOptions<ModuleMessage> {
    const { nonce, limits } = this.#init.ext ?? {};
    if (limits?.message_bytes !== undefined) channel.limitMessages?.(limits.message_bytes);
    // Whoever gave out a nonce skips empty lines.
    if (nonce !== undefined && !channel.isOwn) channel.startFreshLines?.();
    return {
      extensions: this.#agreement.has('b64'),
      brief: this.#agreement.has('brief'),
      nonce: channel.isOwn ? undefined : nonce,
      maxNesting: limits?.nesting,
    };
  }
}
