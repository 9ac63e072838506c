import { type Duration, isJsonObject, type JsonObject, ValueError } from '../../foundation/index.js';
import { checkSecretName, type RotateOptions, type RotationActor } from '../../secrets/index.js';
import type { ControlActions } from './control-actions.js';

/** Asked for over the control socket: `{ values: { NAME: value }, deadline?, overlap?, by? }`. */
export async function rotateSecrets(actions: ControlActions, body: unknown): Promise<unknown> {
  const fields = isJsonObject(body) ? body : {};
  const { values } = fields;
  const isText = isJsonObject(values) && Object.values(values).every((value) => typeof value === 'string');
  if (!isText) throw new ValueError('a rotation needs { values: { NAME: value } }, all text');
  return actions.rotateSecrets(values as Readonly<Record<string, string>>, optionsOf(fields));
}

/** The same of values that are in their places already: `{ names }`. */
export async function adoptSecrets(actions: ControlActions, body: unknown): Promise<unknown> {
  const fields = isJsonObject(body) ? body : {};
  const { names } = fields;
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string'))
    throw new ValueError('to take over changed secrets, name them: { names: [NAME] }');
  const report = await actions.adoptSecrets(names, optionsOf(fields));
  return report === undefined ? {} : { report };
}

/** That a command has set a secret where it is kept: `{ name, by? }`, without the value. */
export async function recordSet(actions: ControlActions, body: unknown): Promise<unknown> {
  const { name, by } = isJsonObject(body) ? body : {};
  if (typeof name !== 'string') throw new ValueError('what was set needs { name }');
  checkSecretName(name);
  const unrecorded = await actions.recordSet(name, actorOf(by));
  return unrecorded === undefined ? {} : { unrecorded };
}

function optionsOf({ deadline, overlap, by }: JsonObject): RotateOptions {
  return {
    ...(deadline !== undefined && { deadline: deadline as Duration }),
    ...(overlap !== undefined && { overlap: overlap as Duration }),
    by: actorOf(by),
  };
}

/** Whoever reaches the socket is this user or root; the name is as they say. */
function actorOf(by: unknown): RotationActor {
  const { user, uid } = isJsonObject(by) ? by : {};
  return {
    kind: 'cli',
    user: typeof user === 'string' ? user.slice(0, 64) : 'unknown',
    ...(typeof uid === 'number' && { uid }),
  };
}
