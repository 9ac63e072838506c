/**
 * Every error code, by family: the closed union behind `PyWattError.code`.
 * docs/errors.md explains each one; a test compares the two in both directions.
 */
export const errorCodes = {
  boot: [
    'GRAPH_INVALID',
    'CONFIG_INVALID',
    'SECRETS_MISSING',
    'BOOT_TIMEOUT',
    'INIT_TIMEOUT',
    'RUN_MODULE_IN_TEST',
    'LIFECYCLE_FAILED',
    'OVERRIDE_INVALID',
    'NOT_PROVIDED',
  ],
  wire: [
    'MESSAGE_INVALID',
    'LINE_TOO_LONG',
    'CONNECTION',
    'CHANNEL_CLOSED',
    'CALL_TIMEOUT',
    'CIRCUIT_OPEN',
    'PEER_REFUSED',
    'BACKPRESSURE',
  ],
  database: [
    'CONNECTION',
    'QUERY',
    'TRANSACTION',
    'POOL',
    'CONFIGURATION',
    'MIGRATION',
    'SERIALIZATION',
    'TIMEOUT',
    'ABORTED',
    'ACCESS_DENIED',
    'OUTCOME_UNKNOWN',
    'CLOSED',
  ],
  cache: ['CONNECTION', 'OPERATION', 'SERIALIZATION', 'CONFIGURATION', 'FULL', 'TIMEOUT', 'ACCESS_DENIED', 'CLOSED'],
  service: [
    'CONNECTION',
    'CONFIGURATION',
    'ACCESS_DENIED',
    'UNKNOWN_OPERATION',
    'INVALID_PARAMS',
    'INVALID_RESULT',
    'FAILED',
    'BUSY',
    'SERIALIZATION',
    'TIMEOUT',
    'ABORTED',
    'CLOSED',
  ],
  secret: [
    'NOT_FOUND',
    'INVALID',
    'READ_ONLY',
    'PROVIDER_FAILED',
    'ACCESS_DENIED',
    'ROTATION_REJECTED',
    'ROTATION_BUSY',
  ],
  http: [
    'VALIDATION_FAILED',
    'BODY_MALFORMED',
    'BODY_TYPE_UNSUPPORTED',
    'BODY_TOO_LARGE',
    'REQUEST_INVALID',
    'RESPONSE_INVALID',
    'LISTEN_FAILED',
  ],
  orchestrator: [
    'CONFIG_INVALID',
    'NOT_RUNNING',
    'ALREADY_RUNNING',
    'MODULE_NOT_FOUND',
    'MODULE_UNAVAILABLE',
    'PORTS_EXHAUSTED',
    'PORT_TAKEN',
    'LAUNCH_FAILED',
  ],
  value: ['INVALID_VALUE'],
} as const;

export type ErrorFamily = keyof typeof errorCodes;
export type ErrorCodeOf<F extends ErrorFamily> = (typeof errorCodes)[F][number];
export type ErrorCode = ErrorCodeOf<ErrorFamily>;
