/**
 * Hands an answer to `send`. What the answer or `send` throws goes to `failed`, and what that throws to `lost`. One
 * promise for the three of them, since this is done for every call; it never rejects when `lost` does not throw.
 */
export function whenAnswered<M>(
  answer: Promise<M>,
  send: (message: M) => void,
  failed: (error: unknown) => void,
  lost: (error: unknown) => void,
): Promise<void> {
  const recover = (error: unknown) => {
    try {
      failed(error);
    } catch (error) {
      lost(error);
    }
  };
  return answer.then((message) => {
    try {
      send(message);
    } catch (error) {
      recover(error);
    }
  }, recover);
}
