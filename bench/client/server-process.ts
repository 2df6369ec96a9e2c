/** The service behind every candidate, in a process of its own. The model's name says how many chunks are streamed. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { payloadsOf } from "../chunks.ts";
import { TEXT } from "./work.ts";

const [payload] = payloadsOf("ascii", 1);
const chunk = payload!.replace('"The"', JSON.stringify(TEXT));
const event = Buffer.from(`data: ${chunk}\n\n`);
const last = chunk
  .replace(`{"content":${JSON.stringify(TEXT)}}`, "{}")
  .replace('"finish_reason":null', '"finish_reason":"stop"');
const end = Buffer.from(`data: ${last}\n\ndata: [DONE]\n\n`);

const server = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  request.on("end", () => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    stream(response, Number((JSON.parse(text) as { model: string }).model));
  });
});
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => process.send!({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit());

/** One event in each write, as services send them. */
function stream(response: ServerResponse, chunks: number): void {
  let sent = 0;
  const write = () => {
    while (sent < chunks) {
      sent += 1;
      if (!response.write(event)) return;
    }
    response.end(end);
  };
  response.on("drain", write);
  write();
}
