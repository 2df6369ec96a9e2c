import { afterEach, describe, expect, test, vi } from "vitest";
import { storedPerson } from "../sign-in/person.ts";
import { readSignInSettings } from "../sign-in/settings.ts";
import { wordsOf } from "../sign-in/words.ts";

const WORKER = "https://worker.example.com";
const told = { client_id: "page", authority: "https://login.example.com/t", scopes: ["a"], protocol: "oidc" };

afterEach(() => vi.unstubAllGlobals());

function answerWith(body: unknown, status = 200): void {
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify(body), { status }));
}

describe("by what people sign in", () => {
  test("is what the worker tells", async () => {
    answerWith({ entra: told });
    expect(await readSignInSettings(WORKER)).toEqual({
      clientId: "page",
      authority: "https://login.example.com/t",
      scopes: ["a"],
      protocol: "oidc",
    });
    answerWith({ entra: { ...told, protocol: "another" } });
    expect(await readSignInSettings(WORKER)).toMatchObject({ protocol: "entra" });
  });

  test.each([
    [{ entra: null }],
    [{}],
    [null],
    [{ entra: { ...told, authority: "no address" } }],
    [{ entra: { ...told, scopes: "a" } }],
    [{ entra: { ...told, client_id: 1 } }],
  ])("nobody can sign in by %j", async (body) => {
    answerWith(body);
    expect(await readSignInSettings(WORKER)).toBeNull();
  });

  test("an older worker has none; one that fails is no answer", async () => {
    answerWith({}, 404);
    expect(await readSignInSettings(WORKER)).toBeNull();
    answerWith({}, 503);
    await expect(readSignInSettings(WORKER)).rejects.toThrow("503");
  });
});

describe("the note of who is signed in", () => {
  test.each([
    [JSON.stringify({ id: "1.2", name: "Alice", since: 5 }), { id: "1.2", name: "Alice", since: 5 }],
    [JSON.stringify({ id: "1.2", name: "Alice" }), null],
    ["{", null],
    ["null", null],
    [null, null],
  ])("%s", (text, person) => {
    vi.stubGlobal("localStorage", { getItem: () => text });
    expect(storedPerson()).toEqual(person);
  });

  test("is absent where nothing may be stored", () => {
    vi.stubGlobal("localStorage", {
      getItem() {
        throw new Error("refused");
      },
    });
    expect(storedPerson()).toBeNull();
  });
});

test("Every code has words; an unknown one has those of any failure", () => {
  expect(wordsOf("access_denied")).toContain("You were not signed in");
  expect(wordsOf("interaction_required")).toContain("Your sign-in is over");
  expect(wordsOf("network_error")).toContain("cannot be reached");
  expect(wordsOf("constructor")).toBe(wordsOf("state_mismatch"));
});
