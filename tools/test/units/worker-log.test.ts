// Which lines of the worker reach the terminal, and how short they are.
import { expect, test } from "vitest";
import { troubleIn } from "../../worker-log.mjs";

const entry = { event: "request", request_id: "r-1", route: "/models/chat/completions", duration_ms: 5 };
const now = new Date(2026, 0, 2, 3, 4, 5);
const told = (more: object) => troubleIn(JSON.stringify({ ...entry, ...more }), now);

test("a failure is one line with time, status, reason and request id", () => {
  const refused = { status: 502, outcome: "refused", reason: "upstream_auth", upstream_status: 401 };
  expect(told({ ...refused, model: "gpt-5-mini" })).toBe(
    "03:04:05  502 upstream_auth (the service answered 401)  gpt-5-mini  request r-1",
  );
  expect(told({ status: 200, outcome: "truncated" })).toBe("03:04:05  200 truncated  request r-1");
});

test("an error is found in what wrangler makes of it", () => {
  const json = JSON.stringify({ ...entry, status: 502, outcome: "refused", reason: "upstream_unreachable" });
  const dressed = `\u001b[31m✘ \u001b[41;31m[\u001b[41;97mERROR\u001b[41;31m]\u001b[0m \u001b[1m${json}\u001b[0m`;
  expect(troubleIn(dressed, now)).toBe("03:04:05  502 upstream_unreachable  request r-1");
});

test.for([
  { status: 200, outcome: "complete" },
  { status: 200, outcome: "client_gone" },
  { status: 499, outcome: "refused", reason: "caller_gone" },
])("nothing is said of $outcome $reason", (fine) => {
  expect(told(fine)).toBeUndefined();
});

test.for(["", "{", "null", '{"event":"request"', '{"event":"other"}', "[wrangler:info] GET / 200 OK"])(
  "leaves %j out",
  (line) => {
    expect(troubleIn(line, now)).toBeUndefined();
  },
);
