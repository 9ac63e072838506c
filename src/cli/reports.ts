import type {
  ModuleStatus,
  OrchestratorStatus,
  RotationReport,
  SecretListing,
  TraceEvent,
} from '../orchestrator/index.js';

/** A rotation, a line per module. */
export function describeReport(report: RotationReport): string {
  const head =
    report.outcome === 'committed'
      ? `${report.name}: rotated to version ${report.version}`
      : `${report.name}: rejected; version ${report.version} stays in force`;
  const modules = report.modules.map(
    ({ moduleId, outcome, durationMs, message }) =>
      `  ${moduleId}  ${outcome}  ${Math.round(durationMs)} ms${message === undefined ? '' : `  ${message}`}`,
  );
  const none = report.modules.length === 0 ? ['  no running module uses it'] : [];
  return [head + (report.message === undefined ? '' : `: ${report.message}`), ...modules, ...none].join('\n');
}

/** How the orchestrator is, and a line per module. */
export function describeStatus({ status, pid, gateway, modules, secrets }: OrchestratorStatus): string {
  const head = `${status}, pid ${pid}${gateway === undefined ? ', without a gateway' : `, at ${gateway}`}`;
  const troubles = [
    ...(secrets?.watches ?? []).flatMap(({ name, state, trouble }) =>
      state === 'ok' ? [] : [`${name}  ${state}  ${trouble}`],
    ),
    ...(secrets?.down ?? []).map(({ provider, reason }) => `${provider}  down  ${reason}`),
  ];
  const lines = [...modules.map(describeModule), ...troubles.map((trouble) => `secrets  ${trouble}`)];
  return [head, ...lines.map((line) => `  ${line}`)].join('\n');
}

function describeModule({ id, state, liveness, lagMs, pid, restarts, lastEnd }: ModuleStatus): string {
  return [
    id,
    state,
    ...(liveness === undefined ? [] : [liveness]),
    ...(lagMs === undefined ? [] : [`lag ${lagMs} ms`]),
    ...(pid === undefined ? [] : [`pid ${pid}`]),
    `restarts ${restarts}`,
    ...(lastEnd === undefined ? [] : [`it last ${lastEnd}`]),
  ].join('  ');
}

/** One line per secret: who supplies it, who was granted it. */
export function describeSecrets(secrets: readonly SecretListing[]): string {
  if (secrets.length === 0) return 'no module was granted a secret';
  const width = Math.max(...secrets.map(({ name }) => name.length));
  return secrets
    .map(
      ({ name, provider, modules }) =>
        `${name.padEnd(width)}  ${provider ?? 'MISSING'}  granted to ${modules.join(', ') || 'nobody'}`,
    )
    .join('\n');
}

/** One message that passed, on one line: `→` to the module, `←` from it. */
export function describeTrace(event: TraceEvent): string {
  if (event.kind === 'dropped') return `… ${event.count} messages were not shown: they came faster than they were read`;
  const { time, direction, op, bytes, ids, message } = event;
  const shown = Object.entries(ids).map(([name, id]) => `${name}=${id}`);
  const arrow = direction === 'to_module' ? '→' : '←';
  return [time.slice(11, 23), arrow, op, `${bytes} B`, ...shown, JSON.stringify(message)].join('  ');
}
