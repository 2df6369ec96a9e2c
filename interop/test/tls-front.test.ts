import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type RequestOptions, request } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTlsFront } from "../tls-front.mjs";

let server: Server;
let front: Awaited<ReturnType<typeof startTlsFront>>;
/** How the connection of the last request to the server ended. */
let ended: Promise<unknown>;

beforeEach(async () => {
  server = createServer((incoming, answer) => {
    ended = once(answer, "close");
    if (incoming.url === "/break") answer.writeHead(200).write("hel", () => answer.destroy());
    else incoming.pipe(answer, { end: incoming.url !== "/open" });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  front = await startTlsFront(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(() => {
  front.close();
  server.close();
});

function call(path: string, trusted: RequestOptions) {
  const outgoing = request(`${front.url}${path}`, { method: "POST", agent: false, ...trusted });
  outgoing.end("hello");
  return outgoing;
}

const trusting = () => ({ ca: readFileSync(front.certificate) });

describe("https in front of the worker", () => {
  test("passes what is sent and answered", async () => {
    const [answer] = await once(call("/", trusting()), "response");
    expect((await answer.toArray()).join("")).toBe("hello");
  });

  test("is trusted by its certificate alone", async () => {
    const [error] = await once(call("/", {}), "error");
    expect(error.code).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
  });

  test("a caller who leaves is gone behind it too", async () => {
    const outgoing = call("/open", trusting());
    const [answer] = await once(outgoing, "response");
    await once(answer, "data");
    answer.on("error", () => {});
    outgoing.destroy();
    await ended;
  });

  test("an answer that breaks is broken in front of it too", async () => {
    const [answer] = await once(call("/break", trusting()), "response");
    await expect(answer.toArray()).rejects.toMatchObject({ code: "ECONNRESET" });
  });
});
