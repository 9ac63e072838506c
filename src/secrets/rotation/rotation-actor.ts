/** Who asked for something to be done with a secret. */
export type RotationActor =
  /** A person at a command line; as the command says, which only this user or root can run against the control socket. */
  | { readonly kind: 'cli'; readonly user: string; readonly uid?: number }
  /** The program that runs the orchestrator. */
  | { readonly kind: 'api' }
  /** The place the secret comes from, which has another value now. */
  | { readonly kind: 'provider' }
  | { readonly kind: 'module'; readonly id: string }
  /** One run of a process that the orchestrator did not start; `from` is its address. */
  | { readonly kind: 'process'; readonly id: string; readonly from?: string };

/** `cli root (0)`, for people. */
export function describeActor(actor: RotationActor): string {
  switch (actor.kind) {
    case 'cli':
      return `cli ${actor.user}${actor.uid === undefined ? '' : ` (uid ${actor.uid})`}`;
    case 'api':
      return 'the API';
    case 'provider':
      return 'its provider';
    case 'module':
      return `module ${actor.id}`;
    case 'process':
      return `process ${actor.id}${actor.from === undefined ? '' : ` from ${actor.from}`}`;
  }
}
