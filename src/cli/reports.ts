import type {
  ModuleStatus,
  OrchestratorStatus,
  RotationReport,
  SecretListing,
  TraceEvent,
} from '../orchestrator/index.js';

/** A rotation, a line per module and per thing that logs in with the secret. */
export function describeReport(report: RotationReport): string {
  const versions = report.names.map((name) => report.versions[name]);
  const [name, version] = [report.names.join(', '), versions.join(', ')];
  const head =
    report.outcome === 'committed'
      ? `${name}: rotated to version ${version}`
      : `${name}: rejected; version ${version} stays in force`;
  const credentials = report.credentials.map(({ name, outcome, message }) => line(`  ${name}  ${outcome}`, message));
  const modules = report.modules.map((module) => {
    const { moduleId, outcome, durationMs, receivedAt, drainedAt, message } = module;
    // Who says that it has the notice also says when it has drained.
    const isDraining = outcome === 'acknowledged' && receivedAt !== undefined && drainedAt === undefined;
    const more = isDraining ? 'still uses the old value' : message;
    return line(`  ${moduleId}  ${outcome}  ${Math.round(durationMs)} ms`, more);
  });
  // One that was rejected may have ended before it was known who uses it.
  const nobody = report.outcome === 'committed' ? '  no running module uses it' : '  no module was told of it';
  const none = report.modules.length === 0 ? [nobody] : [];
  return [head + (report.message === undefined ? '' : `: ${report.message}`), ...credentials, ...modules, ...none].join(
    '\n',
  );
}

function line(text: string, more: string | undefined): string {
  return more === undefined ? text : `${text}  ${more}`;
}

/** How the orchestrator is, and a line per module. */
export function describeStatus({ status, pid, gateway, modules, secrets, problems = [] }: OrchestratorStatus): string {
  const head = `${status}, pid ${pid}${gateway === undefined ? ', without a gateway' : `, at ${gateway}`}`;
  const troubles = [
    ...(secrets?.watches ?? []).flatMap(({ name, state, trouble }) =>
      state === 'ok' ? [] : [`${name}  ${state}  ${trouble}`],
    ),
    ...(secrets?.down ?? []).map(({ provider, reason }) => `${provider}  down  ${reason}`),
  ];
  const lines = [...modules.map(describeModule), ...troubles.map((trouble) => `secrets  ${trouble}`), ...problems];
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
  if (secrets.length === 0) return 'there are no secrets, and no module was granted one';
  const width = Math.max(...secrets.map(({ name }) => name.length));
  return secrets
    .map(
      ({ name, provider, problem, modules, usedBy }) =>
        `${name.padEnd(width)}  ${provider ?? (problem === undefined ? 'MISSING' : `UNUSABLE: ${problem}`)}  ${usersOf(modules, usedBy)}`,
    )
    .join('\n');
}

function usersOf(modules: readonly string[], usedBy: readonly string[]): string {
  const users = [
    ...(modules.length > 0 ? [`granted to ${modules.join(', ')}`] : []),
    ...(usedBy.length > 0 ? [`used by ${usedBy.join(', ')}`] : []),
  ];
  return users.join('; ') || 'granted to nobody';
}

/** One message that passed, on one line: `→` to the module, `←` from it. */
export function describeTrace(event: TraceEvent): string {
  if (event.kind === 'dropped') return `… ${event.count} messages were not shown: they came faster than they were read`;
  const { time, direction, op, bytes, ids, message } = event;
  const shown = Object.entries(ids).map(([name, id]) => `${name}=${id}`);
  const arrow = direction === 'to_module' ? '→' : '←';
  return [time.slice(11, 23), arrow, op, `${bytes} B`, ...shown, JSON.stringify(message)].join('  ');
}
