// Lines in the text format of Prometheus. The names of all metrics begin with `buildhand_`. Pure.

/** The first lines of a metric. */
export function metricHead(kind: "gauge" | "counter", name: string, help: string): string {
  return `# HELP buildhand_${name} ${help}\n# TYPE buildhand_${name} ${kind}\n`;
}

/** One of its values. */
export function metricSample(name: string, labels: Readonly<Record<string, string>>, value: number | boolean): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `buildhand_${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${Number(value)}\n`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
