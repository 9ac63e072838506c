import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import {
  fromModule,
  httpEnvelope,
  httpWrapper,
  isObject,
  type Json,
  readTagged,
  serviceConfigs,
} from './plain-types.js';

export type Operation = (operation: string, params: Json) => unknown;

export interface PlainOrchestratorOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** What the services do, by type; a thrown error is their answer. */
  readonly services: Readonly<Record<string, Operation>>;
}

interface Waiter {
  readonly matches: (message: Json) => boolean;
  readonly resolve: (message: Json) => void;
}

/**
 * An orchestrator that speaks nothing but the Rust protocol over stdio, written from PROTOCOL.md alone. It answers as
 * Rust would and notes as a violation whatever the Rust types would refuse or a Rust peer could not tell apart.
 */
export class PlainOrchestrator implements AsyncDisposable {
  readonly violations: string[] = [];
  /** Every message the module wrote, in order. */
  readonly messages: (Json & { op: string })[] = [];
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
  stderr = '';
  readonly #child: ChildProcess;
  readonly #options: PlainOrchestratorOptions;
  readonly #secrets: Map<string, string>;
  readonly #connections = new Map<string, string>();
  readonly #busy = new Set<string>();
  readonly #waiters: Waiter[] = [];
  #secretsAsked = 0;

  constructor(options: PlainOrchestratorOptions) {
    this.#options = options;
    this.#secrets = new Map(Object.entries(options.secrets));
    const [program = '', ...args] = options.command;
    this.#child = spawn(program, args, {
      cwd: options.cwd,
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', PYWATT_MODULE_ID: 'plain' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.exited = once(this.#child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as string | null,
    }));
    this.#child.stderr!.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.#child.stdin!.on('error', () => undefined);
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#receive(line));
    this.send({
      orchestrator_api: 'http://127.0.0.1:9900',
      module_id: 'plain',
      env: { GREETING: 'hello' },
      listen: '127.0.0.1:4102',
      security_level: 'None',
    });
  }

  send(message: Json): void {
    this.sendText(JSON.stringify(message));
  }

  sendText(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }

  /** The next message that matches, or one that came already and was not yet waited for. */
  async next(matches: (message: Json) => boolean, what: string): Promise<Json> {
    const come = this.messages.find(matches);
    if (come !== undefined) return come;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`waited in vain for ${what}\n${this.stderr}`)), 20_000);
    });
    const message = new Promise<Json>((resolve) => this.#waiters.push({ matches, resolve }));
    const gone = this.exited.then(({ code }) => {
      throw new Error(`the module ended with ${code} while ${what} was waited for\n${this.stderr}`);
    });
    return Promise.race([message, late, gone]).finally(() => clearTimeout(timer));
  }

  /** One http request over stdio; the answer's body as text. */
  async request(method: string, uri: string, body: string | null = null): Promise<{ status: number; text: string }> {
    const id = randomUUID();
    const bytes = body === null ? null : [...Buffer.from(body)];
    const headers = body === null ? {} : { 'content-type': 'application/json' };
    this.send({ op: 'http_request', request_id: id, method, uri, headers, body: bytes });
    const answer = await this.next(
      ({ op, request_id: answered }) => op === 'http_response' && answered === id,
      `the answer to ${method} ${uri}`,
    );
    return {
      status: answer['status_code'] as number,
      text: Buffer.from((answer['body'] as number[] | null) ?? []).toString(),
    };
  }

  setSecret(name: string, value: string): void {
    this.#secrets.set(name, value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  #receive(line: string): void {
    try {
      const message = readTagged(line, fromModule);
      this.#check(message);
      this.messages.push(message);
      this.#handle(message);
      const at = this.#waiters.findIndex(({ matches }) => matches(message));
      if (at !== -1) this.#waiters.splice(at, 1)[0]!.resolve(message);
    } catch (error) {
      this.violations.push(`${error instanceof Error ? error.message : String(error)}: ${line.slice(0, 300)}`);
    }
  }

  /** What the types alone do not say. */
  #check(message: Json & { op: string }): void {
    if ('ext' in message || 'ln' in message) this.violations.push(`${message.op} carries extensions nobody offered`);
    if (message.op === 'announce' && this.messages.some(({ op }) => op === 'announce'))
      this.violations.push('announced twice');
    if (message.op === 'http_response') {
      const problem = httpWrapper(message, 'wrapper') ?? httpEnvelope(message, 'envelope');
      if (problem !== undefined) this.violations.push(problem);
    }
    if (message.op === 'service_request' && message['config'] !== null && message['config'] !== undefined) {
      const problem = serviceConfigs[message['service_type'] as string]?.(message['config'], 'config');
      if (problem !== undefined) this.violations.push(problem);
    }
  }

  #handle(message: Json & { op: string }): void {
    if (message.op === 'get_secret') return this.#answerSecret(message['name'] as string);
    if (message.op === 'service_request') {
      const connection = `conn-${this.#connections.size + 1}`;
      const type = message['service_type'] as string;
      this.#connections.set(connection, type);
      const isKnown = type in this.#options.services;
      return this.send({
        op: 'service_response',
        id: message['id'],
        service_type: type,
        success: isKnown,
        error: isKnown ? null : 'no such service',
        connection_id: isKnown ? connection : null,
      });
    }
    if (message.op === 'service_operation') return this.#operate(message);
    if (message.op === 'port_request')
      this.send({
        op: 'port_response',
        request_id: message['request_id'],
        success: true,
        port: 4103,
        error_message: null,
      });
  }

  /** Who asks for two at once cannot tell the answers apart: the first one is thrown away (DEFECTS R3). */
  #answerSecret(name: string): void {
    this.#secretsAsked += 1;
    if (this.#secretsAsked > 1) this.violations.push(`${name} was asked for before the last secret was answered`);
    setTimeout(() => {
      this.#secretsAsked -= 1;
      const value = this.#secrets.get(name);
      if (value !== undefined) this.send({ op: 'secret', name, value });
    }, 20);
  }

  /** One operation at a time on a connection: Rust gives the first answer to the second caller (DEFECTS R8). */
  #operate({ connection_id: id, service_type, operation, params }: Json): void {
    const connection = String(id);
    if (this.#connections.get(connection) !== service_type)
      this.violations.push(`there is no connection ${connection}`);
    if (this.#busy.has(connection)) this.violations.push(`two operations at once on ${connection}`);
    this.#busy.add(connection);
    setTimeout(() => {
      this.#busy.delete(connection);
      const echo = { connection_id: id, service_type, operation, params: null };
      const answer = {
        op: 'service_operation_result',
        ...this.#perform(String(service_type), String(operation), params),
      };
      this.sendText(rawIntegers({ ...answer, params: echo }));
    }, 5);
  }

  #perform(type: string, operation: string, params: unknown): Json {
    if (operation === 'close') return { success: true, result: null, error: null };
    try {
      const result = this.#options.services[type]!(operation, isObject(params) ? params : {});
      return { success: true, result, error: null };
    } catch (error) {
      return { success: false, result: null, error: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** Integers of 64 bits are bare numbers on the wire; bigint stands for them here. */
function rawIntegers(message: Json): string {
  return JSON.stringify(message, (_, value: unknown) =>
    typeof value === 'bigint' ? `raw:${value}` : value,
  ).replaceAll(/"raw:(-?\d+)"/g, '$1');
}
