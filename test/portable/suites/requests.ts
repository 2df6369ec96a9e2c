// What a client sends and what it makes of an answer: addresses, headers, credentials, errors, retries, deadlines and
// aborts, against hand-made services.
import {
  ApiError,
  ChatCompletionsClient,
  type ChatCompletionsClientOptions,
  type Credential,
  LatchkeyError,
  RateLimitError,
  type StartTrace,
  workerSession,
} from "latchkey";
import { COMPLETION, drain, eventStream, json, made, says, sleep, source } from "../bodies.ts";
import { clientOf, ENDPOINT, KEY, MESSAGES, PROMPT } from "../clients.ts";
import { contains, equal, fails, has, ok, shown, thrown } from "../expect.ts";
import { Suite } from "../harness.ts";

export const requests: Suite = new Suite("requests");
const alone = requests.alone.bind(requests);

const answering = () => made(() => json(COMPLETION));
const hangs = (): Promise<Response> => new Promise(() => {});
const refusing =
  (status: number, headers: Record<string, string> = { "retry-after-ms": "0" }) =>
  (): Response =>
    json({ error: { code: String(status), message: "no" } }, status, headers);
const BROWSER = { dangerouslyAllowBrowser: true };

// Addresses

const ADDRESSES: [endpoint: string, apiVersion: string | undefined, sent: string][] = [
  ["https://a.example", undefined, "https://a.example/chat/completions?api-version=2024-05-01-preview"],
  [
    "https://a.example/models/",
    undefined,
    "https://a.example/models/chat/completions?api-version=2024-05-01-preview",
  ],
  [
    "https://a.example/models",
    "2025-04-01",
    "https://a.example/models/chat/completions?api-version=2025-04-01",
  ],
  [
    "https://a.example/m?api-version=1&x=y",
    undefined,
    "https://a.example/m/chat/completions?api-version=1&x=y",
  ],
  [
    "http://127.0.0.1:8788/v1",
    undefined,
    "http://127.0.0.1:8788/v1/chat/completions?api-version=2024-05-01-preview",
  ],
  [
    "http://localhost/é",
    undefined,
    "http://localhost/%C3%A9/chat/completions?api-version=2024-05-01-preview",
  ],
];
for (const [endpoint, apiVersion, expected] of ADDRESSES) {
  alone(`goes from ${endpoint} to its address`, async () => {
    const target = answering();
    const client = new ChatCompletionsClient(endpoint, KEY, { ...BROWSER, fetch: target.fetch, apiVersion });
    await client.complete({ messages: MESSAGES });
    const { url, method } = target.arrivals[0]!;
    const [sent, wanted] = [new URL(url), new URL(expected)];
    equal([method, sent.origin + sent.pathname], ["POST", wanted.origin + wanted.pathname]);
    equal([...sent.searchParams].sort(), [...wanted.searchParams].sort());
  });
}

for (const endpoint of [
  "",
  "a.example",
  "ftp://a.example",
  "http://a.example",
  "https://user:pw@a.example",
  "//a",
]) {
  alone(`the endpoint "${endpoint}" is a TypeError`, async () => {
    ok((await thrown(() => new ChatCompletionsClient(endpoint, KEY, BROWSER))) instanceof TypeError);
  });
}

alone("http to another machine when it is allowed", async () => {
  const target = answering();
  const options = { ...BROWSER, fetch: target.fetch, allowInsecureHttp: true };
  await new ChatCompletionsClient("http://a.example", KEY, options).complete({ messages: MESSAGES });
  equal(target.arrivals[0]?.url.protocol, "http:");
});

// Headers and bodies

alone("key, type and id are sent, and the body is JSON in the wire's names", async () => {
  const target = answering();
  await clientOf(target, { model: "m", temperature: 0.5 }).complete({ messages: MESSAGES, max_tokens: 5 });
  const { headers, body } = target.arrivals[0]!;
  equal(JSON.parse(body), { model: "m", temperature: 0.5, messages: MESSAGES, max_tokens: 5 });
  equal(headers.get("authorization"), `Bearer ${KEY}`);
  equal(headers.get("api-key"), KEY);
  contains(headers.get("content-type"), /^application\/json/);
  contains(headers.get("x-ms-client-request-id"), /^[0-9a-f-]{36}$/);
});

alone("clientRequestId false sends none", async () => {
  const target = answering();
  await clientOf(target, { clientRequestId: false }).complete({ messages: MESSAGES });
  equal(target.arrivals[0]?.headers.get("x-ms-client-request-id"), null);
});

alone("a call's headers win over the client's, and null removes one", async () => {
  const target = answering();
  const client = clientOf(target, { headers: { "X-A": "client", "x-b": "client", "x-c": "client" } });
  await client.complete({ messages: MESSAGES }, { headers: { "x-a": "call", "X-B": null } });
  const { headers } = target.arrivals[0]!;
  equal([headers.get("x-a"), headers.get("x-b"), headers.get("x-c")], ["call", null, "client"]);
});

alone("headers may be a Headers object", async () => {
  const target = answering();
  await clientOf(target, { headers: new Headers({ "x-a": "1" }) }).complete({ messages: MESSAGES });
  equal(target.arrivals[0]?.headers.get("x-a"), "1");
});

for (const value of ["a\nb", "a\0", "\u4f60"]) {
  alone(`the header value ${JSON.stringify(value)} is refused without being quoted`, async () => {
    const target = answering();
    const call = () => clientOf(target).complete({ messages: MESSAGES }, { headers: { "x-a": value } });
    const error = await thrown(call);
    ok(error instanceof TypeError);
    ok(!error.message.includes(value), "a message without the value");
    equal(target.arrivals.length, 0);
  });
}

alone("model_extras go into the root of the body", async () => {
  const target = answering();
  await clientOf(target).complete({ messages: MESSAGES, model_extras: { odd: 1 } });
  has(JSON.parse(target.arrivals[0]!.body), { odd: 1 });
  equal(target.arrivals[0]?.headers.get("extra-parameters"), "pass-through");
});

alone("a body of the caller's own goes as it is", async () => {
  const target = answering();
  await clientOf(target, { model: "m" }).complete({ body: { a: [1] } });
  equal(JSON.parse(target.arrivals[0]!.body), { a: [1] });
});

alone("characters beyond ASCII arrive", async () => {
  const target = answering();
  await clientOf(target).complete({ messages: [{ role: "user", content: "你好 👋 \ud800" }] });
  equal(JSON.parse(target.arrivals[0]!.body).messages[0].content, "你好 👋 \ud800");
});

alone("sendRequest sends any request with the credential, and gives the response unread", async () => {
  const target = made(() => new Response("plain", { status: 418, headers: { "x-y": "z" } }));
  const response = await clientOf(target).sendRequest({ method: "PUT", url: "things/1?a=b", body: "text" });
  equal([response.status, response.headers.get("x-y"), await response.text()], [418, "z", "plain"]);
  const { url, method, headers, body } = target.arrivals[0]!;
  equal([url.href, method, body], [`${ENDPOINT}/things/1?a=b`, "PUT", "text"]);
  equal(headers.get("authorization"), `Bearer ${KEY}`);
});

alone("sendRequest to another origin goes without the key", async () => {
  const target = made(() => new Response("x"));
  const client = clientOf(target, { headers: { "x-secret": "1" } });
  await client.sendRequest({ url: "https://other.example/x", headers: { "x-own": "2" } });
  const { headers } = target.arrivals[0]!;
  equal([headers.get("authorization"), headers.get("api-key"), headers.get("x-secret")], [null, null, null]);
  equal(headers.get("x-own"), "2");
});

alone("fetch is looked up at each call", async () => {
  const target = answering();
  const client = new ChatCompletionsClient(ENDPOINT, KEY, { ...BROWSER, maxRetries: 0 });
  const own = globalThis.fetch;
  try {
    globalThis.fetch = target.fetch;
    await client.complete({ messages: MESSAGES });
  } finally {
    globalThis.fetch = own;
  }
  equal(target.arrivals.length, 1);
});

// Credentials

const CREDENTIALS: [string, Credential][] = [
  ["a key as text", KEY],
  ["a key in an object", { key: KEY }],
  ["a token credential", { getToken: async () => ({ token: KEY, expiresOnTimestamp: Date.now() + 9e6 }) }],
  ["a token provider", async () => KEY],
];
for (const [name, credential] of CREDENTIALS) {
  alone(`${name} is sent as bearer`, async () => {
    const target = answering();
    const client = new ChatCompletionsClient(ENDPOINT, credential, { ...BROWSER, fetch: target.fetch });
    await client.complete({ messages: MESSAGES });
    equal(target.arrivals[0]?.headers.get("authorization"), `Bearer ${KEY}`);
  });
}

for (const credential of [undefined, null, "", 42, {}, { key: "" }, "canary\nkey", "can\u0101ry"]) {
  alone(`the credential ${shown(credential)} is refused without its value`, async () => {
    const error = await thrown(() => new ChatCompletionsClient(ENDPOINT, credential as Credential, BROWSER));
    ok(error instanceof TypeError);
    contains(error.message, "credential");
    ok(!error.message.includes("can"), "a message without the value");
  });
}

alone("one token refresh for all who wait, and it is kept", async () => {
  let asked = 0;
  const getToken = async () => {
    asked++;
    await sleep(5);
    return { token: `token-${asked}`, expiresOnTimestamp: Date.now() + 3_600_000 };
  };
  const target = answering();
  const client = new ChatCompletionsClient(ENDPOINT, { getToken }, { fetch: target.fetch });
  await Promise.all(Array.from({ length: 20 }, () => client.complete({ messages: MESSAGES })));
  await client.complete({ messages: MESSAGES });
  equal(asked, 1);
});

alone("a refused token is renewed once", async () => {
  let asked = 0;
  const getToken = async () => ({ token: `token-${++asked}`, expiresOnTimestamp: Date.now() + 3_600_000 });
  const target = made(refusing(401), () => json(COMPLETION));
  const client = new ChatCompletionsClient(ENDPOINT, { getToken }, { fetch: target.fetch, maxRetries: 0 });
  await client.complete({ messages: MESSAGES });
  equal(
    target.arrivals.map(({ headers }) => headers.get("authorization")),
    ["Bearer token-1", "Bearer token-2"],
  );
});

alone("a credential that fails is a CredentialError with its cause", async () => {
  const cause = new Error("no network");
  const client = new ChatCompletionsClient(ENDPOINT, () => Promise.reject(cause), {
    fetch: answering().fetch,
  });
  const error = await fails(client.complete({ messages: MESSAGES }), { kind: "credential" });
  ok(error.cause === cause);
});

alone("a static key in a browser needs an opt-in, elsewhere none", async (host) => {
  const construct = () => new ChatCompletionsClient(ENDPOINT, KEY);
  if (!host.browser) construct();
  else contains((await thrown(construct)).message, "dangerouslyAllowBrowser");
});

// Options

const WRONG: [string, unknown][] = [
  ["timeoutMs", 0],
  ["timeoutMs", "5"],
  ["idleTimeoutMs", -1],
  ["stallTimeoutMs", 2 ** 31],
  ["maxRetries", 1.5],
  ["maxEventBytes", 0],
  ["fetch", {}],
  ["streamEnd", "never"],
  ["timeout", 5],
];
for (const [name, value] of WRONG) {
  alone(`the option ${name}: ${shown(value)} is refused by name`, async () => {
    const options = { ...BROWSER, [name]: value } as ChatCompletionsClientOptions;
    const error = await thrown(() => new ChatCompletionsClient(ENDPOINT, KEY, options));
    ok(error instanceof TypeError);
    contains(error.message, name);
  });
}

alone("Infinity is a deadline that never comes", async () => {
  const options = { timeoutMs: Infinity, idleTimeoutMs: Infinity, stallTimeoutMs: Infinity };
  equal((await clientOf(answering(), options).complete({ messages: MESSAGES })).id, COMPLETION.id);
});

// Answers and errors

const CLASSES: [number, string][] = [
  [400, "BadRequestError"],
  [401, "AuthenticationError"],
  [403, "PermissionDeniedError"],
  [404, "NotFoundError"],
  [409, "ConflictError"],
  [422, "UnprocessableEntityError"],
  [424, "FailedDependencyError"],
  [429, "RateLimitError"],
  [500, "InternalServerError"],
  [503, "InternalServerError"],
];
for (const [status, name] of CLASSES) {
  alone(`${status} is a ${name} with the service's words`, async () => {
    const target = made(() =>
      json({ error: { code: "C", message: "why", param: "p", type: "t" } }, status, { "x-request-id": "r" }),
    );
    const error = await fails(clientOf(target).complete({ messages: MESSAGES }), {
      name,
      kind: "api",
      status,
      code: "C",
      param: "p",
      type: "t",
      requestId: "r",
    });
    equal(error.message, `${status} why`);
    ok(error instanceof ApiError && LatchkeyError.is(error));
  });
}

alone("a page of HTML is an error that doesn't quote it", async () => {
  const target = made(() => new Response("<html>canary", { headers: { "content-type": "text/html" } }));
  const error = await fails(clientOf(target).complete({ messages: MESSAGES }), { kind: "malformed" });
  ok(!shown([error.message, error.stack]).includes("canary"));
});

for (const text of ["", "{", '"canary"', "null", "[]"]) {
  alone(`the answer ${JSON.stringify(text)} is malformed`, async () => {
    const target = made(() => new Response(text, { headers: { "content-type": "application/json" } }));
    await fails(clientOf(target).complete({ messages: MESSAGES }), { kind: "malformed" });
  });
}

alone("an error with status 200 is an error of the service", async () => {
  const target = made(() => json({ error: { code: "server_error", message: "m" } }));
  await fails(clientOf(target).complete({ messages: MESSAGES }), {
    kind: "api",
    status: undefined,
    code: "server_error",
  });
});

alone("an answer past maxResponseBytes is a limit, and given up", async () => {
  const body = source(Array<string>(100).fill("x".repeat(1000)), "open");
  const target = made(() => new Response(body, { headers: { "content-type": "application/json" } }));
  const client = clientOf(target, { maxResponseBytes: 5000 });
  const error = await fails(client.complete({ messages: MESSAGES }), { kind: "limit" });
  contains(error.message, "maxResponseBytes");
  equal(body.state.cancelled, true);
});

alone("a connection lost in a whole answer is a connection error with its cause", async () => {
  const cause = new TypeError("terminated");
  const target = made(
    () => new Response(source(["{"], { error: cause }), { headers: { "content-type": "application/json" } }),
  );
  const error = await fails(clientOf(target).complete({ messages: MESSAGES }), { kind: "connection" });
  ok(error.cause === cause);
});

alone("redirects are refused, and their target hears nothing", async () => {
  const target = made(() => new Response(null, { status: 307, headers: { location: "https://b.example/" } }));
  await fails(clientOf(target, { maxRetries: 3 }).complete({ messages: MESSAGES }), { kind: "redirect" });
  equal(target.arrivals.length, 1);
});

alone("errors and what prints them hold neither key nor prompt", async () => {
  const echo = made(({ headers, body }) =>
    json({ error: { message: `no ${headers.get("api-key")}`, code: "x" }, body }, 400),
  );
  const error = await thrown(clientOf(echo).complete({ messages: MESSAGES }));
  const printed = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join("\n");
  ok(!printed.includes(KEY), "no key");
  ok(!printed.includes(PROMPT), "no prompt");
});

// Retries

for (const status of [408, 429, 500, 502, 503, 504]) {
  alone(`${status} is tried again, twice by default`, async () => {
    const target = made(refusing(status));
    const client = new ChatCompletionsClient(ENDPOINT, KEY, { ...BROWSER, fetch: target.fetch });
    await fails(client.complete({ messages: MESSAGES }), { status });
    equal(target.arrivals.length, 3);
  });
}

for (const status of [400, 401, 403, 404, 409, 413, 422, 501]) {
  alone(`${status} is thrown at once`, async () => {
    const target = made(refusing(status));
    await fails(clientOf(target, { maxRetries: 5 }).complete({ messages: MESSAGES }), { status });
    equal(target.arrivals.length, 1);
  });
}

alone("all attempts of a call carry one id and the same bytes", async () => {
  const target = made(refusing(503), refusing(503), () => json(COMPLETION));
  await clientOf(target, { maxRetries: 2 }).complete({ messages: MESSAGES });
  equal(new Set(target.arrivals.map(({ headers }) => headers.get("x-ms-client-request-id"))).size, 1);
  equal(new Set(target.arrivals.map(({ body }) => body)).size, 1);
  equal(
    target.arrivals.map(({ headers }) => headers.get("x-latchkey-retry-count")),
    [null, "1", "2"],
  );
});

alone("x-should-retry outdoes the status, both ways", async () => {
  const no = made(refusing(503, { "x-should-retry": "false" }));
  await thrown(clientOf(no, { maxRetries: 5 }).complete({ messages: MESSAGES }));
  const yes = made(refusing(400, { "x-should-retry": "true", "retry-after-ms": "0" }), () =>
    json(COMPLETION),
  );
  await clientOf(yes, { maxRetries: 5 }).complete({ messages: MESSAGES });
  equal([no.arrivals.length, yes.arrivals.length], [1, 2]);
});

alone("no connection is tried again, then thrown with what fetch said", async () => {
  const cause = new TypeError("fetch failed");
  const target = made(() => Promise.reject(cause));
  const error = await fails(clientOf(target, { maxRetries: 1 }).complete({ messages: MESSAGES }), {
    name: "ConnectionError",
  });
  ok(error.cause === cause);
  equal(target.arrivals.length, 2);
});

alone("a wait of a day fails at once and is told", async () => {
  const target = made(refusing(429, { "retry-after": "86400" }));
  const call = clientOf(target, { maxRetries: 5 }).complete({ messages: MESSAGES });
  const error = await fails(call, { status: 429, retryAfterMs: 86_400_000 });
  ok(error instanceof RateLimitError);
  equal(target.arrivals.length, 1);
});

alone(
  "a body that is a stream is sent once",
  async () => {
    const target = made(refusing(503));
    const body = new Response("x").body as ReadableStream<Uint8Array<ArrayBuffer>>;
    const response = await clientOf(target, { maxRetries: 5 }).sendRequest({
      method: "POST",
      url: "x",
      body,
    });
    equal([response.status, target.arrivals.length, target.arrivals[0]?.body], [503, 1, "x"]);
  },
  "request-streams",
);

// Deadlines and aborts

alone("headers that never come end at headersTimeoutMs", async () => {
  const target = made(hangs);
  const call = clientOf(target).complete({ messages: MESSAGES, stream: true }, { headersTimeoutMs: 30 });
  await fails(call, { kind: "timeout", deadline: "headers" });
  equal(target.arrivals[0]?.signal?.aborted, true);
});

alone("timeoutMs ends the wait for a whole answer", async () => {
  const call = clientOf(made(hangs)).complete({ messages: MESSAGES }, { timeoutMs: 30 });
  await fails(call, { kind: "timeout", deadline: "total" });
});

alone("timeoutMs ends the reading of a whole answer, and closes it", async () => {
  const body = source(['{"id":'], "open");
  const target = made(() => new Response(body, { headers: { "content-type": "application/json" } }));
  await fails(clientOf(target).complete({ messages: MESSAGES }, { timeoutMs: 30 }), { deadline: "total" });
  equal(body.state.cancelled, true);
});

alone("silence in a whole answer ends at idleTimeoutMs", async () => {
  const body = source(["{"], "open");
  const target = made(() => new Response(body, { headers: { "content-type": "application/json" } }));
  await fails(clientOf(target, { idleTimeoutMs: 30 }).complete({ messages: MESSAGES }), { deadline: "idle" });
});

alone("retryTimeouts tries again", async () => {
  const target = made(hangs, () => json(COMPLETION));
  const client = clientOf(target, { maxRetries: 1, retryTimeouts: true, headersTimeoutMs: 50 });
  equal((await client.complete({ messages: MESSAGES })).id, COMPLETION.id);
});

alone("an aborted signal sends nothing and keeps its reason", async () => {
  const target = answering();
  for (const reason of [new Error("mine"), "text", 5, null]) {
    const call = clientOf(target).complete({ messages: MESSAGES }, { signal: AbortSignal.abort(reason) });
    const error = await fails(call, { name: "AbortError", kind: "aborted" });
    ok(error.cause === reason);
  }
  equal(target.arrivals.length, 0);
});

alone("an abort while waiting for headers", async () => {
  const target = made(hangs);
  const controller = new AbortController();
  const call = clientOf(target).complete({ messages: MESSAGES }, { signal: controller.signal });
  setTimeout(() => controller.abort("enough"), 10);
  await fails(call, { kind: "aborted", cause: "enough" });
  equal(target.arrivals[0]?.signal?.aborted, true);
});

alone("an abort while waiting to try again", async () => {
  const target = made(refusing(503, { "retry-after": "5" }));
  const controller = new AbortController();
  const start = Date.now();
  const call = clientOf(target, { maxRetries: 3 }).complete(
    { messages: MESSAGES },
    { signal: controller.signal },
  );
  setTimeout(() => controller.abort("enough"), 20);
  await fails(call, { kind: "aborted" });
  ok(Date.now() - start < 3000, "no wait");
  equal(target.arrivals.length, 1);
});

alone("AbortSignal.timeout and AbortSignal.any are signals like any other", async () => {
  const never = new AbortController();
  for (const signal of [AbortSignal.timeout(20), AbortSignal.any([never.signal, AbortSignal.timeout(20)])]) {
    const error = await fails(clientOf(made(hangs)).complete({ messages: MESSAGES }, { signal }), {
      kind: "aborted",
    });
    equal((error.cause as Error).name, "TimeoutError");
  }
});

alone("close() ends what is under way and refuses what comes after", async () => {
  const body = source([says("a")], "open");
  const client = clientOf(made(() => eventStream(body), hangs));
  const stream = await client.complete({ messages: MESSAGES, stream: true });
  const reading = drain(stream);
  const waiting = thrown(client.complete({ messages: MESSAGES }));
  await sleep(5);
  client.close();
  has((await reading).error, { kind: "aborted" });
  equal((await waiting).kind, "aborted");
  equal(body.state.cancelled, true);
  await fails(client.complete({ messages: MESSAGES }), { kind: "aborted" });
});

// What is observed

alone("a logger hears of a call without key and prompt", async () => {
  const lines: string[] = [];
  const log = (...parts: unknown[]) => void lines.push(parts.map(shown).join(" "));
  const logger = { debug: log, info: log, warn: log, error: log };
  const target = made(refusing(503), () => json(COMPLETION));
  await clientOf(target, { logger, logLevel: "debug", maxRetries: 1 }).complete({ messages: MESSAGES });
  ok(lines.length >= 2, "some lines");
  ok(!lines.join("\n").includes(KEY) && !lines.join("\n").includes(PROMPT));
});

alone("a trace sees a call begin and end", async () => {
  const seen: unknown[] = [];
  const trace: StartTrace = ({ name }) => {
    seen.push(name);
    return { end: ({ status, retries }) => void seen.push([status, retries]) };
  };
  const target = made(refusing(503), () => json(COMPLETION));
  await clientOf(target, { trace, maxRetries: 1 }).complete({ messages: MESSAGES });
  equal(seen, ["chat", [200, 1]]);
});

alone("a trace that throws doesn't break the call", async () => {
  const trace: StartTrace = () => {
    throw new Error("mine");
  };
  equal((await clientOf(answering(), { trace }).complete({ messages: MESSAGES })).id, COMPLETION.id);
});

alone("a page's credential is the worker's session", async () => {
  const target = made(
    () => json({ token: "session-1", expires_in: 600 }),
    () => json(COMPLETION),
  );
  const credential = workerSession("https://worker.example", { fetch: target.fetch });
  const client = new ChatCompletionsClient("https://worker.example/models", credential, {
    fetch: target.fetch,
  });
  await client.complete({ messages: MESSAGES });
  await client.complete({ messages: MESSAGES });
  equal(
    target.arrivals.map(({ url, headers }) => [url.pathname, headers.get("authorization")]),
    [
      ["/session", null],
      ["/models/chat/completions", "Bearer session-1"],
      ["/models/chat/completions", "Bearer session-1"],
    ],
  );
});
