/**
 * Makes the clocks of a process go faster, before anything else is loaded: timers, dates and performance.now, and with
 * them Node's `fetch`, whose deadlines are made of these. So patience of minutes is measured in seconds, for every
 * client alike and with its own defaults.
 *   TORTURE_CLOCK=12 node --import ./clock.mjs …
 */
const times = Number(process.env.TORTURE_CLOCK ?? 1);

let shift = 0;

/** Sets the date back or forward, as time servers and people do; timers and performance.now don't notice. */
export function shiftDate(ms) {
  shift += ms;
}

const real = {
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  Date: globalThis.Date,
  performanceNow: performance.now.bind(performance),
};
const beginning = real.Date.now();
const now = () => beginning + (real.Date.now() - beginning) * times + shift;

// Node's own setTimeout has a form for promises as a property.
globalThis.setTimeout = Object.assign(
  (run, ms = 0, ...rest) => real.setTimeout(run, ms / times, ...rest),
  real.setTimeout,
);
globalThis.setInterval = (run, ms = 0, ...rest) => real.setInterval(run, ms / times, ...rest);
globalThis.Date = class extends real.Date {
  constructor(...given) {
    if (given.length > 0) super(...given);
    else super(now());
  }
  static now = now;
};
performance.now = () => real.performanceNow() * times;
