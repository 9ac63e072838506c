/** What is measured; each world runs the same code on the same tables. */
export const scenarios = {
  'SELECT 1': { target: 2.5 },
  'one row by key': {},
  '100 rows': { target: 1.4, concurrentTarget: 1.15 },
  insert: {},
  'transaction of five': {},
  'TypeORM findOneBy': { target: 1.4, concurrentTarget: 1.15 },
  'TypeORM find 100': { target: 1.4, concurrentTarget: 1.15 },
} as const satisfies Record<string, { readonly target?: number; readonly concurrentTarget?: number }>;

export type Scenario = keyof typeof scenarios;

export const engines = ['postgres', 'mysql', 'sqlite'] as const;
export type Engine = (typeof engines)[number];

/** What the module is asked for: `count` calls, `concurrency` of them under way at once. */
export interface MeasureRequest {
  readonly scenario: Scenario;
  readonly count: number;
  readonly concurrency: number;
}
