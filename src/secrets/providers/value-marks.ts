import { createHmac, randomBytes } from 'node:crypto';

/** Tells whether values are others than before without keeping them: by marks under a key of its own. */
export function valueMarks(): (value: string) => string {
  const key = randomBytes(32);
  return (value) => createHmac('sha256', key).update(value).digest('base64');
}
