import { Counter, Gauge, type Metric, Registry } from 'prom-client';
import type { Distribution } from './distribution.js';
import { type MetricDescription, metricDescriptions, type MetricName } from './metric-descriptions.js';
import { metricSamples, type Sample } from './metric-samples.js';
import type { OrchestratorMetrics } from './orchestrator-metrics.js';

/** What has been counted until now, in the text format of Prometheus. */
export async function prometheusText(metrics: OrchestratorMetrics): Promise<string> {
  const registry = new Registry();
  for (const [name, description] of Object.entries(metricDescriptions))
    add(registry, name, description, [...metricSamples[name as MetricName](metrics)]);
  return registry.metrics();
}

function add(registry: Registry, name: string, description: MetricDescription, samples: readonly Sample[]): void {
  const { help, labels, type } = description;
  const configuration = { name, help, labelNames: [...labels], registers: [registry] };
  switch (type) {
    case 'counter': {
      const counter = new Counter(configuration);
      for (const sample of samples) counter.inc(sample.labels, sample.value as number);
      return;
    }
    case 'gauge': {
      const gauge = new Gauge(configuration);
      for (const sample of samples) gauge.set(sample.labels, sample.value as number);
      return;
    }
    case 'histogram':
      registry.registerMetric(countedHistogram(name, help, samples));
  }
}

/**
 * A histogram whose buckets are counted already. prom-client's own takes one number at a time and looks its labels up
 * for each, which costs more than the rest of what is done for a message; a registry only asks a metric to `get`.
 */
function countedHistogram(name: string, help: string, samples: readonly Sample[]): Metric {
  const values = samples.flatMap(({ labels, value }) => linesOf(name, labels, value as Distribution));
  const get = () => Promise.resolve({ name, help, type: 'histogram', values });
  return { name, get } as unknown as Metric;
}

function linesOf(name: string, labels: Sample['labels'], distribution: Distribution): object[] {
  let total = 0;
  const buckets = [...distribution.bounds, '+Inf'].map((le, index) => {
    total += distribution.counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: total };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: distribution.sum },
    { metricName: `${name}_count`, labels, value: distribution.count },
  ];
}
