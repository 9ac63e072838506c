import { contenders } from './contenders/all.js';

// far-end.js NAME SOCKET_PATH: the child of one contender.
const [name, socketPath = ''] = process.argv.slice(2);
const contender = contenders.find((candidate) => candidate.name === name);
if (contender === undefined) throw new Error(`there is no contender '${name}'`);
process.on('message', (message) => {
  if (message === 'cpu') process.send!({ cpu: process.cpuUsage() });
});
process.on('disconnect', () => process.exit(0));
await contender.serve(socketPath);
process.send!({ ready: true });
