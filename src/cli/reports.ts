import type { RotationReport, SecretListing } from '../orchestrator/index.js';

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
