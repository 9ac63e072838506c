import {
  localParticipant,
  OnSecretRotated,
  type RotationContext,
  RotationCoordinator,
  type RotationParticipant,
  type SecretValue,
} from '../../../../src/secrets/index.js';
import { declared, setUpModule, setUpStore } from '../secrets-set-up.js';

export type SetUp = ReturnType<typeof setUpStore>;

class Recorder {
  readonly seen: string[] = [];
  hook: (next: SecretValue, context: RotationContext) => unknown = () => undefined;

  @OnSecretRotated('KEY')
  async onKey(next: SecretValue, previous: SecretValue, context: RotationContext): Promise<void> {
    this.seen.push(`${context.reason} ${previous.reveal()} -> ${next.reveal()}`);
    await this.hook(next, context);
  }
}

/** A real module in this process, with one hook. */
export async function moduleIn(setUp: SetUp, moduleId: string) {
  const recorder = new Recorder();
  const secrets = await setUpModule(setUp, [declared('KEY')], [recorder]);
  return {
    recorder,
    participant: localParticipant(moduleId, secrets),
    value: () => secrets.valueFor(declared('KEY'))?.reveal(),
  };
}

export function coordinate(
  setUp: SetUp,
  participants: readonly RotationParticipant[],
  longestQueue = 8,
): RotationCoordinator {
  return new RotationCoordinator({ ...setUp, participants: () => participants, longestQueue });
}
