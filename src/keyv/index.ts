export { KeyvCacheStore } from './keyv-cache-store.js';
