/** The model behind both pages: streams an answer at a pace, whatever it is asked. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tokensOf } from "./text.ts";

const TICK_MS = 5;

export interface StreamServer {
  /** Where an answer of so many tokens comes at this pace. */
  urlOf(tokens: number, perSecond: number): string;
  close(): void;
}

export async function startStreamServer(): Promise<StreamServer> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url!, "http://127.0.0.1");
    const [tokens = 0, perSecond = 0] = ["tokens", "perSecond"].map((name) => Number(searchParams.get(name)));
    response.writeHead(200, { "content-type": "text/event-stream", "access-control-allow-origin": "*" });
    pace(response, tokensOf(tokens).map(eventOf), perSecond);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (tokens, perSecond) => `http://127.0.0.1:${port}/?tokens=${tokens}&perSecond=${perSecond}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function eventOf(content: string, index: number): string {
  return `data: ${JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_763_640_000,
    model: "m",
    choices: [
      { index: 0, delta: index === 0 ? { role: "assistant", content } : { content }, finish_reason: null },
    ],
  })}\n\n`;
}

function pace(response: ServerResponse, events: readonly string[], perSecond: number): void {
  const begun = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.min(events.length, Math.floor(((performance.now() - begun) / 1000) * perSecond));
    if (due > sent) response.write(events.slice(sent, due).join(""));
    sent = due;
    if (sent < events.length) return;
    clearInterval(timer);
    const last = events
      .at(-1)!
      .replace(/"delta":\{.*\},"finish_reason":null/, '"delta":{},"finish_reason":"stop"');
    response.end(`${last}data: [DONE]\n\n`);
  }, TICK_MS);
  response.on("close", () => clearInterval(timer));
}
