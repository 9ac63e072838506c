import { type AuditEntry, type AuditVerdict, describeActor } from '../orchestrator/index.js';

/** What was done with a secret: a line for each entry, and below a rotation one for each module. */
export function describeHistory(name: string, entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return `nothing is recorded about '${name}'`;
  return entries.flatMap((entry) => [headOf(name, entry), ...detailsOf(entry)]).join('\n');
}

function headOf(name: string, { at, what, outcome, access, who, versions, durationMs, message }: AuditEntry): string {
  const version = versions?.[name];
  return [
    at,
    what,
    outcome,
    ...(access === undefined ? [] : [`to ${access}`]),
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

export function describeVerdict({ isIntact, directory, entries, problems }: AuditVerdict): string {
  if (isIntact && entries === 0)
    return `there is no audit log in ${directory}: nothing was recorded yet, or all of it was removed`;
  if (isIntact) return `the audit log is intact: ${entries} entries`;
  const lines = problems.map(({ file, line, message }) => `  ${file} line ${line}  ${message}`);
  const cure = `restore ${directory} from a copy; or keep it aside, with no orchestrator running, and a new log begins`;
  return [`the audit log is not what was written:`, ...lines, cure].join('\n');
}
