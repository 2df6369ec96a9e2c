// A taken port is never a failure.
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../../ports.mjs";

test("moves past a port that something else holds", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((ready) => server.once("listening", ready));
  const address = server.address();
  const taken = typeof address === "object" && address !== null ? address.port : 0;
  expect(await freePort(taken, new Set())).toBeGreaterThan(taken);
});

test("never promises one port twice", async () => {
  const promised = new Set<number>();
  const first = await freePort(0, promised);
  expect(await freePort(first, promised)).not.toBe(first);
  expect(promised.size).toBe(2);
});
