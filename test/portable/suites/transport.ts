// What only a real connection does: sockets that are reset, broken framing, slow bytes, compression, large bodies, and
// the service noticing at once that its caller has gone.
import { ChatCompletionsClient } from "latchkey";
import { events } from "latchkey/sse";
import { all, bytes, drain, sleep, until } from "../bodies.ts";
import { chatAt, openaiAt, scenario } from "../clients.ts";
import { equal, fails, has, ok } from "../expect.ts";
import { type Service, Suite } from "../harness.ts";

export const transport: Suite = new Suite("transport");
const http = transport.http.bind(transport);

const HELLO = { messages: [{ role: "user" as const, content: "Hello" }] };
const streamOf = (service: Service, text: string, options = {}) =>
  chatAt(service, options).complete({ ...HELLO, stream: true }, scenario(text));

for (const text of ["reset", "reset;after=1", "bad-chunk", "missing-last-chunk"]) {
  http(`${text}: never a whole answer, and what came is there`, async (service) => {
    let opened = false;
    const reading = drain(
      streamOf(service, text).then((stream) => {
        opened = true;
        return stream;
      }),
    );
    const { error } = await reading;
    // Firefox looks at the framing before it hands out the head, when both come at once.
    if (!opened) has(error, { kind: "connection" });
    else {
      has(error, { kind: "truncated" });
      ok((error as { partial: object }).partial);
      // WebKit takes broken framing for a clean end: the missing [DONE] is what tells then.
      if (text.startsWith("reset")) has(error, { cause: { kind: "connection" } });
    }
  });
}

for (const text of ["reset", "cut", "half-event"]) {
  http(`${text} in a whole answer is an error, never half an answer`, async (service) => {
    const error = await fails(chatAt(service).complete(HELLO, scenario(text)), {});
    ok(["connection", "malformed", "truncated"].includes(String(error.kind)), "an error of the transport");
  });
}

http("a body shorter than its Content-Length is an error", async (service) => {
  const error = await fails(chatAt(service).complete(HELLO, scenario("long-length")), {});
  ok(["connection", "malformed", "truncated"].includes(String(error.kind)), "an error of the transport");
});

http("a compressed stream is read as it comes", async (service) => {
  equal((await (await streamOf(service, "gzip")).final()).choices[0]?.finish_reason, "stop");
});

http("a compressed whole answer", async (service) => {
  const { choices } = await chatAt(service).complete(HELLO, scenario("gzip"));
  equal(choices[0]?.finish_reason, "stop");
});

http("a stream arrives as it is sent, not at its end", async (service) => {
  const stream = await chatAt(service).complete(
    { ...HELLO, stream: true, max_tokens: 8 },
    scenario("slow;ms=60"),
  );
  const times: number[] = [];
  for await (const _ of stream) times.push(Date.now());
  const spread = times.at(-1)! - times[0]!;
  ok(times.length > 3 && spread > 60 * (times.length - 3) * 0.5, `pieces over time, not ${spread} ms`);
});

http("bytes one at a time, each a write of its own", async (service) => {
  const client = chatAt(service, { model: undefined }, "");
  const stream = await client.complete({ ...HELLO, stream: true, max_tokens: 3 }, scenario("byte-per-write"));
  equal((await stream.final()).choices[0]?.finish_reason, "length");
});

http("a record of 4 MiB", async (service) => {
  const stream = await streamOf(service, "huge-event;bytes=4194304");
  const { choices } = await stream.final();
  ok((choices[0]?.message.content?.length ?? 0) > 4_000_000, "4 MB of text");
});

http("5,000 records", async (service) => {
  let count = 0;
  for await (const _ of await streamOf(service, "flood;chunks=5000")) count++;
  ok(count >= 5000, "5,000 chunks");
});

http("a prompt of 4 MiB", async (service) => {
  const content = `Echo: x ${"y".repeat(4 * 1024 * 1024)}`;
  const client = chatAt(service, {}, "/v1");
  const { usage } = await client.complete({ messages: [{ role: "user", content }], max_tokens: 5 });
  ok((usage?.prompt_tokens ?? 0) > 100_000, "many tokens");
});

http("an upload and a download of 8 MiB", async (service) => {
  const client = openaiAt(service);
  const content = new Uint8Array(8 * 1024 * 1024).fill(7);
  const { id } = await client.files.create({ file: content, purpose: "user_data" });
  equal((await (await client.files.content(id)).arrayBuffer()).byteLength, content.length);
});

http("an early refusal of a large body is the service's, or a lost connection", async (service) => {
  const content = "y".repeat(4 * 1024 * 1024);
  const call = chatAt(service).complete({ messages: [{ role: "user", content }] }, scenario("early-413"));
  const error = await fails(call, {});
  ok(error.status === 413 || error.kind === "connection", "413 or a lost connection");
});

http("an error page of 50 MB is left after 64 KiB", async (service) => {
  const start = Date.now();
  const error = await fails(chatAt(service).complete(HELLO, scenario("big-error")), {
    kind: "api",
    status: 500,
  });
  ok(String(error.body).length <= 65_536, "64 KiB");
  ok(Date.now() - start < 5000, "soon");
});

/** Waits until the service has noticed, and tells how it ended. */
async function outcome(service: Service, id: string): Promise<string | undefined> {
  const entries = await until(
    () => service.ledger(id),
    (list) => list[0] !== undefined && list[0].outcome !== "open",
  );
  return entries[0]?.outcome;
}

const LEAVING: [
  string,
  (
    open: () => Promise<AsyncIterable<unknown> & { abort(reason?: unknown): void }>,
    controller: AbortController,
  ) => Promise<void>,
][] = [
  [
    "break",
    async (open) => {
      for await (const _ of await open()) break;
    },
  ],
  [
    "abort()",
    async (open) => {
      const stream = await open();
      const reading = drain(stream);
      await sleep(50);
      stream.abort();
      has((await reading).error, { kind: "aborted" });
    },
  ],
  [
    "a signal",
    async (open, controller) => {
      const reading = drain(await open());
      await sleep(50);
      controller.abort("enough");
      has((await reading).error, { kind: "aborted", cause: "enough" });
    },
  ],
];
for (const [name, leave] of LEAVING) {
  http(`${name} ends a stalled stream at the service`, async (service) => {
    const id = `${name}-${service.name}`.replace(/[^a-z0-9-]/g, "");
    const controller = new AbortController();
    const options = {
      signal: controller.signal,
      headers: { "x-emulator-scenario": "stall", "x-ms-client-request-id": id },
    };
    await leave(() => chatAt(service).complete({ ...HELLO, stream: true }, options), controller);
    equal(await outcome(service, id), "cancelled");
  });
}

http("a deadline ends the exchange at the service, too", async (service) => {
  const id = `deadline-${service.name}`;
  const headers = { "x-emulator-scenario": "stall", "x-ms-client-request-id": id };
  const stream = await chatAt(service).complete({ ...HELLO, stream: true }, { timeoutMs: 300, headers });
  has((await drain(stream)).error, { kind: "timeout", deadline: "total" });
  equal(await outcome(service, id), "cancelled");
});

http("an abort while the headers are awaited ends the exchange", async (service) => {
  const id = `headers-${service.name}`;
  const headers = { "x-emulator-scenario": "slow-headers;ms=5000", "x-ms-client-request-id": id };
  const signal = AbortSignal.timeout(100);
  await fails(chatAt(service).complete(HELLO, { signal, headers }), { kind: "aborted" });
  equal(await outcome(service, id), "cancelled");
});

http("[DONE] ends a stream whose connection stays open", async (service) => {
  const start = Date.now();
  equal((await (await streamOf(service, "done-open")).final()).choices[0]?.finish_reason, "stop");
  ok(Date.now() - start < 5000, "at once");
});

http("a redirect to another origin is refused before it is followed", async (service) => {
  await fails(chatAt(service).complete(HELLO, scenario("redirect")), { kind: "redirect" });
});

http("a redirect on the same origin is refused, too", async (service) => {
  await fails(chatAt(service).complete(HELLO, scenario("redirect;to=/v1/models")), { kind: "redirect" });
});

http("a port where nobody listens is a connection error", async () => {
  const client = new ChatCompletionsClient("http://127.0.0.1:9/models", async () => "t", { maxRetries: 0 });
  await fails(client.complete(HELLO, { timeoutMs: 5000 }), { kind: "connection" });
});

http("fifty calls at once", async (service) => {
  const client = chatAt(service);
  const answers = await Promise.all(Array.from({ length: 50 }, () => client.complete(HELLO)));
  equal(new Set(answers.map(({ choices }) => choices[0]?.finish_reason)).size, 1);
});

http("calls one after the other leave nothing open", async (service) => {
  for (let index = 0; index < 30; index++) {
    const stream = await chatAt(service).complete({ ...HELLO, stream: true });
    await stream.final();
  }
});

http("429 with a wait over HTTP is kept to", async (service) => {
  const start = Date.now();
  const text = `rate-limit;times=1;retry-after=0.2;send=ms;id=${service.name}`;
  await chatAt(service, { maxRetries: 1 }).complete(HELLO, scenario(text));
  ok(Date.now() - start >= 190, "a wait of 200 ms");
});

http("the parser alone on a response of fetch", async ({ url, ask }) => {
  const response = await ask(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer emulator-key", "content-type": "application/json" },
    body: bytes(JSON.stringify({ model: "gpt-5-mini", ...HELLO, stream: true })),
  });
  ok(response.body);
  const records = await all(events(response.body));
  equal(records.at(-1)?.data, "[DONE]");
});
