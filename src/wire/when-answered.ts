/**
 * Hands an answer to `send`. What the answer or `send` throws goes to `failed`, and what that throws to `lost`. One
 * promise for the three of them: this is done for every call.
 */
export function whenAnswered<M>(
  answer: Promise<M>,
  send: (message: M) => void,
  failed: (error: unknown) => void,
  lost: (error: unknown) => void,
): void {
  const recover = (error: unknown) => {
    try {
      failed(error);
    } catch (error) {
      lost(error);
    }
  };
  answer.then((message) => {
    try {
      send(message);
    } catch (error) {
      recover(error);
    }
  }, recover);
}
