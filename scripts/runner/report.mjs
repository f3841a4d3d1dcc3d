const SLOWEST = 20;

/** What the runner prints: a line per check and per file, the whole output of what failed, and the closing count. */
export class Report {
  #totals = { passed: 0, failed: 0, skipped: 0 };
  #skips = [];
  #failures = [];
  #times = [];
  #live;
  #slowest;

  /**
   * @param {{ live: boolean, slowest?: boolean }} options `live`: the files' output was printed as it came, so it isn't repeated;
   * `slowest`: the files that took the most processor time are listed at the end
   */
  constructor({ live, slowest = false }) {
    this.#live = live;
    this.#slowest = slowest;
  }

  check(name, { ok, output, seconds }) {
    this.#totals[ok ? 'passed' : 'failed']++;
    this.#line(ok, name, '', seconds);
    if (!ok) this.#fail(name, output);
  }

  /** @param {string} name @param {import('./run-file.mjs').FileResult} result */
  file(name, result) {
    const { passed, failed, skipped, seconds, cpuSeconds } = result;
    for (const kind of ['passed', 'failed', 'skipped']) this.#totals[kind] += result[kind];
    this.#times.push({ name, seconds, cpuSeconds: cpuSeconds ?? seconds });
    for (const reason of result.skips) this.#skips.push(`${name}: ${reason}`);
    this.#line(
      failed === 0,
      name,
      `${passed}/${passed + failed}${skipped ? ` (${skipped} skipped)` : ''}`,
      seconds,
      cpuSeconds,
    );
    const complaints = result.complaints.map((line) => `    ${line}`).join('\n');
    if (failed > 0)
      this.#fail(name, `${this.#live ? '' : result.output}${complaints ? `\n  The runner:\n${complaints}` : ''}`);
  }

  refused(name, problems) {
    const nothingRun = { passed: 0, failed: 1, skipped: 0, skips: [], output: '', seconds: 0 };
    this.file(name, { ...nothingRun, complaints: problems });
  }

  notRun(names, why) {
    for (const name of names) console.log(`---- ${name} not run: ${why}`);
  }

  /** Prints the closing lines and returns the exit code. */
  close(seconds) {
    const { passed, failed, skipped } = this.#totals;
    if (this.#skips.length > 0)
      console.log(`\nSKIPPED, so nothing is known about:\n${this.#skips.map((s) => `  ${s}`).join('\n')}`);
    if (this.#failures.length > 0) console.log(`\nFailed:\n${this.#failures.map((name) => `  ${name}`).join('\n')}`);
    if (this.#slowest) this.#printSlowest();
    console.log(`\nin ${seconds.toFixed(1)} s`);
    console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
    return failed > 0 || passed === 0 ? 1 : 0;
  }

  #printSlowest() {
    const all = this.#times.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
    console.log(`\nThe slowest of ${this.#times.length} files, which took ${all.toFixed(1)} s of the processors:`);
    const longestFirst = this.#times.sort((a, b) => b.cpuSeconds - a.cpuSeconds);
    for (const { name, seconds, cpuSeconds } of longestFirst.slice(0, SLOWEST))
      console.log(`  ${cpuSeconds.toFixed(1)} s, ${(seconds - cpuSeconds).toFixed(1)} s waiting: ${name}`);
  }

  #line(ok, name, counts, seconds, cpuSeconds) {
    const times = `${seconds.toFixed(1)} s${cpuSeconds === undefined ? '' : `, ${cpuSeconds.toFixed(1)} s cpu`}`;
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}${counts ? ` ${counts}` : ''} ${times}`);
  }

  #fail(name, output) {
    this.#failures.push(name);
    console.log(output.trimEnd().replace(/^/gm, '    '));
  }
}
