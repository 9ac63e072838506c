import { IsOptional } from 'class-validator';
import { ValueError } from '../../foundation/index.js';
import { type ChannelName, channelNames, type ChannelNeed, channelNeeds } from './channels.js';
import { parseText } from './config-values.js';
import { parseListenAddress } from './listen-address.js';
import { Parses } from './parses.js';

/** `[unix, tcp]` in the order of preference, or `{ unix: required, tcp: optional }`. Throws `ValueError`. */
export function parseChannels(value: unknown): Map<ChannelName, ChannelNeed> {
  const entries: [unknown, unknown][] = Array.isArray(value)
    ? value.map((name) => [name, 'optional'])
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : [];
  if (entries.length === 0)
    throw new ValueError('must be a list such as [unix, tcp], or a mapping such as { unix: required }');
  for (const [name, need] of entries) {
    if (!(channelNames as readonly unknown[]).includes(name))
      throw new ValueError(`${JSON.stringify(name)} is no channel: write ${channelNames.join(' or ')}`);
    if (!(channelNeeds as readonly unknown[]).includes(need))
      throw new ValueError(`${String(name)} must be ${channelNeeds.join(' or ')}, not ${JSON.stringify(need)}`);
  }
  const channels = new Map(entries as [ChannelName, ChannelNeed][]);
  if (channels.size < entries.length) throw new ValueError('lists a channel twice');
  return channels;
}

export class TlsEntry {
  @Parses(parseText) cert!: string;
  @Parses(parseText) key!: string;
  @IsOptional() @Parses(parseText) ca?: string;
  @IsOptional() @Parses(parseText) clientCa?: string;
}

export class TcpChannelsEntry {
  @IsOptional() @Parses(parseListenAddress) listen?: string;
  @IsOptional() tls?: unknown;
}

export class ChannelsEntry {
  @IsOptional() tcp?: unknown;
}
