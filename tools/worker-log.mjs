// Of what the worker prints, the lines that whoever started it wants to see, made short: what failed or was refused.
// The whole lines come with --verbose; what is in them is worker/log.ts's.

/** An answer that the caller itself gave up is no trouble. */
const FINE = new Set(["complete", "client_gone", "caller_gone"]);

/**
 * @param {string} line
 * @param {Date} [now]
 * @returns {string | undefined} time, status, reason and request id; undefined when nothing went wrong
 */
export function troubleIn(line, now = new Date()) {
  const entry = parse(line);
  if (entry?.event !== "request") return undefined;
  const reason = entry.reason ?? entry.outcome;
  if (FINE.has(reason)) return undefined;
  const model = entry.model === undefined ? "" : `  ${entry.model}`;
  const said = entry.upstream_status === undefined ? "" : ` (the service answered ${entry.upstream_status})`;
  const time = now.toTimeString().slice(0, 8);
  return `${time}  ${entry.status} ${reason}${said}${model}  request ${entry.request_id}`;
}

/** wrangler dresses an error up: a mark before it and colours around it. @param {string} line */
function parse(line) {
  const [json] = /\{"event":.*\}/.exec(line) ?? [];
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
