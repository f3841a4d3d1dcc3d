/** The value below which the share `of` of all values lies; NaN for none. */
export function percentile(values: readonly number[], of: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * of))] ?? NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
