/** How long a driver waits for its login on a virtual connection, after the wait for a place. */
export const loginTimeoutMs = 25_000;
