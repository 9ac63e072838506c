/** The op of a line that the orchestrator wrote, without reading all of it: our encoders write the op first. */
export function opOfLine(line: string): string | undefined {
  return /^\{"op":"([a-z_]+)"/.exec(line)?.[1];
}
