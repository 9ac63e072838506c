import type { Socket } from 'node:net';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type { Contender } from '../contender.js';
import { farEndSocket } from '../far-end-socket.js';

export const vscodeJsonrpc: Contender = {
  name: 'vscode-jsonrpc',
  serve() {
    const connection = connectionOn(farEndSocket());
    connection.onRequest('echo', (text: string) => text);
    connection.listen();
  },
  connect({ socket }) {
    const connection = connectionOn(socket);
    connection.listen();
    return ({ text }) => connection.sendRequest('echo', text);
  },
};

const connectionOn = (socket: Socket) =>
  createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
