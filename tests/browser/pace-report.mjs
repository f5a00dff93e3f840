// Figures with their bars: as lines for people, as JSON for programs.

const number = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1));

/** Prints what it is told at once, and keeps it. */
export class Report {
  #entries = [];
  #idle;

  /** Where all of it was measured. */
  machine(facts) {
    this.#entries.push({ name: 'machine', ...facts });
    const { processor, cores, chromium, load } = facts;
    console.log(`${processor}, ${cores} cores, Chromium ${chromium}, load average ${load.toFixed(1)}\n`);
  }

  /** A section of figures. */
  title(text) {
    console.log(`\n${text}`);
  }

  /**
   * The frames of one thing; `bars` are for the 95th percentile. The first ones are
   * what others are held against: no page has shorter intervals than an idle one.
   */
  frames(name, { interval, script, processor, thread }, bars) {
    this.#idle ??= interval;
    const overIdle = interval.p95 / this.#idle.p95;
    console.log(`\n${name} (${interval.count} frames)`);
    this.#row('script', script, bars.script);
    this.#row('script, time of the processor alone', processor);
    this.#row('page thread, with style, layout and paint', thread);
    this.#row('from frame to frame', interval, bars.interval, `${overIdle.toFixed(2)} x idle`);
    this.#entries.push({ name, script, processor, thread, interval, bars, interval_p95_over_idle: overIdle });
  }

  #row(label, { p50, p95, worst }, bar, more = '') {
    const times = `median ${number(p50)}, p95 ${number(p95)}, worst ${number(worst)} ms`;
    console.log(`  ${label.padEnd(42)} ${times}${more && `; ${more}`}${this.#verdict(p95, bar, 'at most')}`);
  }

  /** A figure without a bar. */
  note(name, value, unit) {
    this.#entries.push({ name, value, unit });
    console.log(`  ${name.padEnd(42)} ${number(value)} ${unit}`);
  }

  /** A figure with one. */
  figure(name, value, bar, unit, sense = 'at most') {
    this.#entries.push({ name, value, unit, bar, sense });
    console.log(`  ${name.padEnd(42)} ${number(value)} ${unit}${this.#verdict(value, bar, sense)}`);
  }

  // A bar of a tenth is met by what rounds to it: the display's own interval is
  // 16.67 ms, and 16.7 the bar.
  #verdict(value, bar, sense) {
    if (bar === undefined) return '';
    const rounded = Math.round(value * 10) / 10;
    const isMet = sense === 'at most' ? rounded <= bar : rounded >= bar;
    return `; ${sense} ${bar}: ${isMet ? 'met' : 'MISSED'}`;
  }

  /** Everything, for programs. */
  json() {
    return `${JSON.stringify(this.#entries, null, 2)}\n`;
  }
}
