export type { TestApp } from './test-app.js';
export { type TestModule, testModule } from './test-module.js';
