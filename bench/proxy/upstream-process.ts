/**
 * The service behind every candidate, in a process of its own. What it answers is chosen by the model: `json`: 1 KB;
 * `flood`: `max_tokens` events as fast as they are taken; `paced`: the same, 40 a second; each with its number and the
 * time in it. It tells its parent when a connection was closed.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { payloadsOf } from "../chunks.ts";

const EVERY_MS = 25;

const json = Buffer.from(
  JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_763_640_000,
    model: "json",
    choices: [{ index: 0, message: { role: "assistant", content: "x".repeat(790) }, finish_reason: "stop" }],
    usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
  }),
);
const events = payloadsOf("ascii", 100).map((payload) => Buffer.from(`data: ${payload}\n\n`));
const DONE = "data: [DONE]\n\n";

const server = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  request.on("end", () => {
    const { model, max_tokens: count = 1, user = "" } = JSON.parse(text);
    if (model === "json") {
      response.writeHead(200, { "content-type": "application/json", "content-length": json.length });
      response.end(json);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.on("close", () =>
      process.send?.({ closed: user, at: performance.timeOrigin + performance.now() }),
    );
    if (model === "flood") flood(response, count);
    else pace(response, count, user);
  });
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit());

function flood(response: ServerResponse, count: number): void {
  let sent = 0;
  const write = () => {
    while (sent < count) {
      sent += 1;
      if (!response.write(events[sent % events.length]!)) return;
    }
    response.end(DONE);
  };
  response.on("drain", write);
  write();
}

function pace(response: ServerResponse, count: number, user: string): void {
  const begun = performance.now();
  let sent = 0;
  const step = () => {
    if (response.destroyed) return;
    if (sent === count) {
      response.end(DONE);
      return;
    }
    const content = `${user} ${sent} ${performance.timeOrigin + performance.now()}`;
    response.write(events[0]!.toString().replace('"The"', JSON.stringify(content)));
    sent += 1;
    setTimeout(step, Math.max(0, begun + sent * EVERY_MS - performance.now()));
  };
  step();
}
