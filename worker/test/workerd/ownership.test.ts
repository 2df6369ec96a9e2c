// Ownership in the Durable Object that Cloudflare would run, with its SQLite.
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { ownershipIn } from "../../ownership-object.ts";
import type { ObjectNamespace } from "../../platform.ts";
import { describeRemembering } from "../remembering.ts";

const { OWNERSHIP } = env as unknown as { OWNERSHIP: ObjectNamespace };

test("I12 a session's objects are forgotten when it has not been used for long, a key's never", async () => {
  const ownershipOf = ownershipIn(OWNERSHIP);
  const file = { kind: "file" as const, id: "1", upstream: "u" };
  await ownershipOf("session", 150).add([file], 10);
  await ownershipOf("key").add([file], 10);
  expect(await ownershipOf("session", 150).find([file])).toEqual([file]);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(await ownershipOf("session", 150).find([file])).toEqual([undefined]);
  expect(await ownershipOf("key").find([file])).toEqual([file]);
});

describe("remembered in SQLite", () => {
  let stores = 0;
  describeRemembering(() => {
    stores += 1;
    const store = stores;
    return (principal) => ownershipIn(OWNERSHIP)(`${store} ${principal}`);
  });
});
