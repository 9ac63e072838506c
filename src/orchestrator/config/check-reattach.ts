import type { ConfigProblem } from './config-problem.js';
import type { ModuleConfig, OrchestratorConfig } from './orchestrator-config.js';

/** Why modules cannot wait for a new orchestrator that are to: it has to find them, and they it. */
export function reattachProblems(
  { modules, tcpChannels }: OrchestratorConfig,
  launchedModules: ReadonlySet<string>,
): ConfigProblem[] {
  const why = ({ id, channels, quirks }: ModuleConfig): string | undefined => {
    if (launchedModules.has(id)) return 'is for modules that run as processes of their own, not for launchers';
    if (quirks.size > 0) return 'is for modules of this SDK: leave out kind and quirks';
    if (channels.size === 0)
      return 'needs channels, such as channels: [unix]: what a module inherits is gone with its orchestrator';
    if (!channels.has('unix') && tcpChannels.listen.port === 0)
      return 'needs an address that a new orchestrator has, too: give channels.tcp.listen a fixed port, or add unix to the channels';
    return undefined;
  };
  return [...modules.values()].flatMap((module) => {
    const message = module.reattachMs === undefined ? undefined : why(module);
    return message === undefined ? [] : [{ path: ['modules', module.id, 'reattach'], message }];
  });
}
