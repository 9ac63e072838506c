import { contenderNamed } from './contenders/all.js';

// far-end.js NAME SOCKET_PATH: the child of one contender.
const [name, socketPath = ''] = process.argv.slice(2);
process.on('message', (message) => {
  if (message === 'cpu') process.send!({ cpu: process.cpuUsage() });
});
process.on('disconnect', () => process.exit(0));
await contenderNamed(name).serve(socketPath);
process.send!({ ready: true });
