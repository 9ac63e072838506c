import { type AuditEntry, type AuditVerdict, describeActor } from '../orchestrator/index.js';

/** What was done with a secret: a line for each entry, and below a rotation one for each module. */
export function describeHistory(name: string, entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return `nothing is recorded about '${name}'`;
  return entries.flatMap((entry) => [headOf(name, entry), ...detailsOf(entry)]).join('\n');
}

function headOf(name: string, { at, what, outcome, who, versions, durationMs, message }: AuditEntry): string {
  const version = versions?.[name];
  return [
    at,
    what,
    outcome,
    ...(version === undefined ? [] : [`version ${version}`]),
    `by ${describeActor(who)}`,
    ...(durationMs === undefined ? [] : [`${durationMs} ms`]),
    ...(message === undefined ? [] : [message]),
  ].join('  ');
}

function detailsOf({ what, modules = [], credentials = [] }: AuditEntry): string[] {
  if (what !== 'rotate') return [];
  return [
    ...credentials.map(({ name, outcome, message }) => `    ${name}  ${outcome}${message ? `  ${message}` : ''}`),
    ...modules.map(
      ({ moduleId, outcome, durationMs, message }) =>
        `    ${moduleId}  ${outcome}  ${durationMs} ms${message ? `  ${message}` : ''}`,
    ),
  ];
}

export function describeVerdict({ isIntact, entries, problems }: AuditVerdict): string {
  if (isIntact) return `the audit log is intact: ${entries} entries`;
  const lines = problems.map(({ file, line, message }) => `  ${file} line ${line}  ${message}`);
  return [`the audit log is not what was written:`, ...lines].join('\n');
}
