import { Client, credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import type { Contender } from '../contender.js';

const asIs = (bytes: Buffer) => bytes;
const echo = {
  path: '/bench.Echo/Echo',
  requestStream: false,
  responseStream: false,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
} as const;
const limits = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };

export const grpc: Contender = {
  name: '@grpc/grpc-js',
  serve(socketPath) {
    const server = new Server(limits);
    server.addService(
      { echo },
      {
        echo: (call: { request: Buffer }, answer: (error: null, value: Buffer) => void) => answer(null, call.request),
      },
    );
    return new Promise((resolve, reject) => {
      server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      );
    });
  },
  connect({ socketPath }) {
    const client = new Client(`unix:${socketPath}`, credentials.createInsecure(), limits);
    return ({ bytes }) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(echo.path, asIs, asIs, bytes, (error, value) =>
          error ? reject(error) : resolve(value),
        );
      });
  },
};
