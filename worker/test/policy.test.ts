// Policy: which group a caller is in, and what its rules make of a request. Tables, and the property that matters: a
// policy never widens.
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { anonymous as anonymousSchema } from "../caller-schema.ts";
import { secret } from "../config-upstream.ts";
import type { Identity } from "../identity.ts";
import { limits } from "../limit-schema.ts";
import { familyOf } from "../operation-family.ts";
import { type OperationName, operations } from "../operations.ts";
import { allowsOperation, applyPolicy, limitsFor, OUTPUT_MEMBERS, type PolicyTarget } from "../policy.ts";
import { ledgerSteps, smallest, standingOf, UNRESTRICTED } from "../policy-group.ts";
import { policy, type Rules } from "../policy-schema.ts";

type GroupInput = v.InferInput<typeof policy>[number];
const groupsOf = (...groups: (Partial<GroupInput> & { name: string })[]) =>
  v.parse(policy, groups.map((group) => ({ match: {}, ...group })) as GroupInput[]);
const rulesOf = (rules: Partial<GroupInput>): Rules => groupsOf({ name: "g", ...rules })[0]!.rules;

const chat: PolicyTarget = { operation: "chat", outputMember: "max_completion_tokens" };
const at = (operation: OperationName): PolicyTarget => ({ ...chat, operation });
const apply = (rules: Partial<GroupInput>, members: object, target: PolicyTarget = chat) => {
  const applied = applyPolicy(rulesOf(rules), target, members as Record<string, unknown>);
  return applied.ok ? applied.members : applied.reason;
};

const entra = (change: object = {}): Identity => ({
  kind: "entra",
  name: "t:user:o",
  entra: { tenant: "t1", app: "a1", isApp: false, scopes: ["s1"], roles: ["r1"], groups: ["g1"], ...change },
});

describe("which group", () => {
  const groups = groupsOf(
    { name: "ci", match: { keys: ["ci"] } },
    { name: "staff", match: { groups: ["g1"], tenants: ["t1"] } },
    { name: "apps", match: { kinds: ["entra"], roles: ["r9"] } },
    { name: "page", match: { kinds: ["session"], origins: ["https://a.example"] } },
    { name: "anonymous", match: { kinds: ["anonymous"] } },
  );
  const group = (identity: Identity) => {
    const standing = standingOf(groups, identity);
    return standing.ok ? standing.group : standing.reason;
  };
  const cases: [string, Identity, string][] = [
    ["a key by its name", { kind: "key", name: "ci", key: "ci" }, "ci"],
    ["another key", { kind: "key", name: "x", key: "x" }, "policy_none"],
    ["a person in a group", entra(), "staff"],
    ["of another tenant", entra({ tenant: "t2" }), "policy_none"],
    ["in another group", entra({ groups: ["g2"], roles: ["r9"] }), "apps"],
    ["in no group", entra({ groups: [] }), "policy_none"],
    [
      "E12 a token that doesn't say its groups",
      entra({ groups: undefined, roles: ["r9"] }),
      "policy_undecided",
    ],
    [
      "that doesn't matter in another tenant",
      entra({ groups: undefined, tenant: "t2", roles: ["r9"] }),
      "apps",
    ],
    ["a page", { kind: "session", name: "s", origin: "https://a.example" }, "page"],
    ["another page", { kind: "session", name: "s", origin: "https://b.example" }, "policy_none"],
    [
      "a session of a group",
      { kind: "session", name: "s", origin: "https://b.example", group: "staff" },
      "staff",
    ],
    [
      "E22 a session of a group that is gone",
      { kind: "session", name: "s", origin: "https://a.example", group: "old" },
      "policy_none",
    ],
    ["nobody", { kind: "anonymous", name: "h" }, "anonymous"],
  ];
  for (const [name, identity, expected] of cases) test(name, () => expect(group(identity)).toBe(expected));

  test("the first that fits, whole", () => {
    const two = groupsOf(
      { name: "a", match: { kinds: ["key"] }, choices: 1 },
      { name: "b", choices: 9, bodyBytes: 2048 },
    );
    const standing = standingOf(two, { kind: "key", name: "k", key: "k" });
    expect(standing.ok && standing.rules).toMatchObject({ choices: 1 });
    expect(standing.ok && standing.rules.bodyBytes).toBeUndefined();
  });

  test("without groups nothing is restricted, but a session of a group is none", () => {
    expect(standingOf([], { kind: "key", name: "k" })).toEqual({
      ok: true,
      group: undefined,
      rules: UNRESTRICTED,
    });
    expect(standingOf([], { kind: "session", name: "s", group: "x" })).toMatchObject({
      reason: "policy_none",
    });
  });

  test("F18 callers without a credential keep nothing, whatever a group says", () => {
    const standing = standingOf(groupsOf({ name: "all", objects: true }), { kind: "anonymous", name: "h" });
    expect(standing.ok && standing.rules.objects).toBe(false);
  });

  const wrong: [string, unknown][] = [
    [
      "a name twice",
      [
        { name: "a", match: { kinds: ["key"] } },
        { name: "a", match: {} },
      ],
    ],
    [
      "one that is never reached",
      [
        { name: "a", match: {} },
        { name: "b", match: {} },
      ],
    ],
    ["keys of Entra ID", [{ name: "a", match: { keys: ["k"], roles: ["r"] } }]],
    ["keys of pages", [{ name: "a", match: { keys: ["k"], kinds: ["session"] } }]],
    ["an empty list", [{ name: "a", match: { keys: [] } }]],
    ["no match", [{ name: "a" }]],
    ["an unknown rule", [{ name: "a", match: {}, modles: ["x"] }]],
    ["a default above the most", [{ name: "a", match: {}, maxTokens: { default: 5, most: 4 } }]],
    ["F09 a clamp of nothing", [{ name: "a", match: {}, maxTokens: { most: 0 } }]],
  ];
  for (const [name, input] of wrong) {
    test(`refused at start: ${name}`, () => expect(v.safeParse(policy, input).success).toBe(false));
  }
});

describe("F02 F09 the length of answers", () => {
  const rule = { maxTokens: { default: 100, most: 200 } };
  const cases: [string, object, object | string, PolicyTarget?][] = [
    ["none: the default", {}, { max_completion_tokens: 100 }],
    ["none, at an older service", {}, { max_tokens: 100 }, { ...chat, outputMember: "max_tokens" }],
    ["less stays", { max_tokens: 50 }, { max_tokens: 50 }],
    ["more is cut", { max_tokens: 1e9 }, { max_tokens: 200 }],
    [
      "both are held to it",
      { max_tokens: 50, max_completion_tokens: 300 },
      { max_tokens: 50, max_completion_tokens: 200 },
    ],
    [
      "a name of other servers is held, and isn't enough",
      { num_predict: 1e9 },
      { num_predict: 200, max_completion_tokens: 100 },
    ],
    ["0 is without end to some", { max_tokens: 0 }, "output_not_allowed"],
    ["-1 as well", { num_predict: -1 }, "output_not_allowed"],
    ["a text", { max_new_tokens: "1e9" }, "output_not_allowed"],
    ["a fraction", { max_tokens: 1.5 }, "output_not_allowed"],
    ["Responses", {}, { max_output_tokens: 100 }, at("response_create")],
    [
      "Responses with chat's name",
      { max_tokens: 900 },
      { max_tokens: 200, max_output_tokens: 100 },
      at("response_create"),
    ],
    ["completions", {}, { max_tokens: 100 }, at("completions")],
    ["a run", { max_completion_tokens: 1e6 }, { max_completion_tokens: 200 }, at("run_create")],
    ["a thread with its run", {}, { max_completion_tokens: 100 }, at("thread_run")],
    ["embeddings have none", { input: "x" }, { input: "x" }, at("embeddings")],
  ];
  for (const [name, members, expected, target] of cases) {
    test(name, () => expect(apply(rule, members, target)).toEqual(expected));
  }

  test("without a default, what is most is set", () => {
    expect(apply({ maxTokens: { most: 7 } }, {})).toEqual({ max_completion_tokens: 7 });
    expect(apply({ maxTokens: { default: 7 } }, { max_tokens: 900 })).toEqual({ max_tokens: 900 });
  });
});

describe("F09 how many answers", () => {
  const cases: [object, boolean, PolicyTarget?][] = [
    [{}, true],
    [{ n: 2 }, true],
    [{ n: 3 }, false],
    [{ n: 128 }, false],
    [{ n: -1 }, false],
    [{ n: "2" }, false],
    [{ n: 0 }, false],
    [{ best_of: 3 }, false],
    [{ prompt: ["a", "b"] }, true, at("completions")],
    [{ prompt: ["a", "b"], n: 2 }, false, at("completions")],
    [{ prompt: [1, 2, 3, 4] }, true, at("completions")],
    [{ prompt: [[1], [2], [3]] }, false, at("completions")],
  ];
  test.each(cases)("%j", (members, isAllowed, target) => {
    expect(typeof apply({ choices: 2 }, members, target)).toBe(isAllowed ? "object" : "string");
  });
});

describe("F09 G08 tools", () => {
  const fn = {
    type: "function",
    function: { name: "f", parameters: { properties: { tools: [{ type: "mcp" }] } } },
  };
  const hosted = (type: string) => ({ tools: [fn, { type }] });
  const cases: [string, GroupInput["tools"], object, boolean, PolicyTarget?][] = [
    ["none", "none", {}, true],
    ["none, but one", "none", { tools: [fn] }, false],
    ["none, but an old function", "none", { functions: [{ name: "f" }] }, false],
    ["functions, whatever their schema is called", "functions", { tools: [fn, { type: "custom" }] }, true],
    ["functions, and one at the service", "functions", hosted("web_search"), false],
    ["one of those named", { hosted: ["web_search"] }, hosted("web_search"), true],
    ["another", { hosted: ["web_search"] }, hosted("mcp"), false],
    ["only those, no functions", { functions: false, hosted: ["web_search"] }, hosted("web_search"), false],
    ["a search in data of the service", "functions", { data_sources: [{}] }, false],
    [
      "a definition's",
      "functions",
      { definition: { tools: [{ type: "code_interpreter" }] } },
      false,
      at("version_create"),
    ],
    [
      "an attachment's",
      "functions",
      { attachments: [{ tools: [{ type: "file_search" }] }] },
      false,
      at("message_create"),
    ],
    [
      "a thread's message's",
      "functions",
      { thread: { messages: [{ attachments: [{ tools: [{ type: "file_search" }] }] }] } },
      false,
      at("thread_run"),
    ],
    [
      "a run's message's",
      "functions",
      { additional_messages: [{ attachments: [{ tools: [{ type: "file_search" }] }] }] },
      false,
      at("run_create"),
    ],
    ["a tool without a type", "functions", { tools: [{}] }, false],
    ["something that is no list", "functions", { tools: "all" }, true],
  ];
  for (const [name, tools, members, isAllowed, target] of cases) {
    test(name, () => {
      expect(apply({ tools }, members, target)).toEqual(isAllowed ? members : "tool_not_allowed");
    });
  }
});

describe("I02 images", () => {
  const image = (bytes: number) => ({
    type: "image_url",
    image_url: { url: `data:image/png;base64,${"A".repeat((bytes * 4) / 3)}` },
  });
  const ask = (...parts: object[]) => ({ messages: [{ role: "user", content: parts }] });

  test("are counted, and weighed where they are inside", () => {
    const rule = { images: { most: 2, bytes: 3000 } };
    expect(apply(rule, ask(image(300), image(300)))).toEqual(expect.any(Object));
    expect(apply(rule, ask(image(300), image(300), image(300)))).toBe("images_not_allowed");
    expect(apply(rule, ask(image(3003)))).toBe("images_not_allowed");
    const remote = { type: "input_image", image_url: "https://images.example.com/x" };
    expect(apply(rule, { input: [{ content: [remote, remote, remote] }] }, at("response_create"))).toBe(
      "images_not_allowed",
    );
    expect(apply({ images: { most: 0 } }, { input: [{ image: "AAAA" }] }, at("image_embeddings"))).toBe(
      "images_not_allowed",
    );
    expect(apply({ images: { most: 0 } }, ask({ type: "text", text: "no image" }))).toEqual(
      expect.any(Object),
    );
  });

  test("a body nested as deep as its size allows is no trouble", () => {
    let deep: unknown = "x";
    for (let depth = 0; depth < 200_000; depth += 1) deep = [deep];
    expect(apply({ images: { most: 1 } }, { messages: deep })).toEqual(expect.any(Object));
  });
});

describe("parameters", () => {
  test("only those allowed, and what other rules govern", () => {
    const rule = { parameters: { allowed: ["temperature"] }, maxTokens: { most: 9 } };
    expect(apply(rule, { messages: [], stream: true, temperature: 1, max_tokens: 5 })).toEqual(
      expect.any(Object),
    );
    for (const name of ["top_p", "logprobs", "reasoning_effort", "n", "tools", "__proto__x", "constructor"]) {
      expect(apply(rule, { messages: [], [name]: 1 })).toBe("parameter_not_allowed");
    }
  });

  test("none of those forbidden, wherever", () => {
    const rule = { parameters: { forbidden: ["metadata", "stream"] } };
    expect(apply(rule, { messages: [], metadata: {} })).toBe("parameter_not_allowed");
    expect(apply(rule, { stream: false })).toBe("parameter_not_allowed");
    expect(apply(rule, { metadata: {} }, at("thread_create"))).toBe("parameter_not_allowed");
  });

  test("G14 a refusal names the member, cut, and no value", () => {
    const applied = applyPolicy(rulesOf({ parameters: { allowed: [] } }), chat, {
      ["x".repeat(500)]: "canary",
    });
    expect(JSON.stringify(applied)).not.toContain("canary");
    expect(!applied.ok && applied.detail.param).toHaveLength(64);
  });
});

describe("system prompts", () => {
  const text = "Be brief.";
  const user = { role: "user", content: "hi" };
  const own = { role: "system", content: "Be long." };
  const prepended = { role: "system", content: text };
  const prepend = { system: { text } };
  const alone = { system: { text, others: "refuse" as const } };
  const required = { system: { text, mode: "require" as const } };
  const cases: [string, Partial<GroupInput>, object, object | string, PolicyTarget?][] = [
    ["chat: first", prepend, { messages: [own, user] }, { messages: [prepended, own, user] }],
    ["chat: alone", alone, { messages: [user] }, { messages: [prepended, user] }],
    ["chat: the caller's own refused", alone, { messages: [user, own] }, "system_prompt_refused"],
    [
      "chat: also as developer",
      alone,
      { messages: [{ ...own, role: "developer" }] },
      "system_prompt_refused",
    ],
    ["chat: required", required, { messages: [prepended, user] }, { messages: [prepended, user] }],
    [
      "chat: required in parts",
      required,
      { messages: [{ role: "system", content: [{ type: "text", text }] }] },
      { messages: [{ role: "system", content: [{ type: "text", text }] }] },
    ],
    ["chat: required and missing", required, { messages: [user] }, "system_prompt_refused"],
    ["chat: required and not first", required, { messages: [user, prepended] }, "system_prompt_refused"],
    [
      "chat: required and longer",
      required,
      { messages: [{ role: "system", content: `${text} Not.` }] },
      "system_prompt_refused",
    ],
    ["Responses: none", prepend, { input: "hi" }, { input: "hi", instructions: text }, at("response_create")],
    [
      "Responses: before the caller's",
      prepend,
      { instructions: "X" },
      { instructions: `${text}\n\nX` },
      at("response_create"),
    ],
    ["Responses: instead", alone, { instructions: "X" }, "system_prompt_refused", at("response_create")],
    [
      "Responses: as an item",
      alone,
      { input: [{ ...own, type: "message" }] },
      "system_prompt_refused",
      at("response_create"),
    ],
    [
      "Responses: with an agent, which has its own",
      prepend,
      { agent: { name: "a" } },
      { agent: { name: "a" } },
      at("response_create"),
    ],
    ["Responses: required", required, { instructions: "X" }, "system_prompt_refused", at("response_create")],
    ["an agent", prepend, { model: "m" }, { model: "m", instructions: text }, at("agent_create")],
    [
      "an agent that has it already",
      prepend,
      { instructions: `${text}\n\nX` },
      { instructions: `${text}\n\nX` },
      at("agent_update"),
    ],
    ["an agent's other change", prepend, { name: "x" }, { name: "x" }, at("agent_update")],
    ["an agent that is emptied", prepend, { instructions: "" }, { instructions: text }, at("agent_update")],
    [
      "a definition",
      prepend,
      { definition: { kind: "prompt" } },
      { definition: { kind: "prompt", instructions: text } },
      at("version_create"),
    ],
    [
      "a run that replaces it",
      prepend,
      { instructions: "X" },
      { instructions: `${text}\n\nX` },
      at("run_create"),
    ],
    [
      "a run that adds to it",
      alone,
      { additional_instructions: "X" },
      "system_prompt_refused",
      at("run_create"),
    ],
    ["an item of a conversation", alone, { items: [own] }, "system_prompt_refused", at("item_create")],
    ["embeddings", prepend, { input: "x" }, { input: "x" }, at("embeddings")],
  ];
  for (const [name, rule, members, expected, target] of cases) {
    test(name, () => expect(apply(rule, members, target)).toEqual(expected));
  }

  test("H10 no refusal tells it", () => {
    const applied = applyPolicy(rulesOf({ system: { text: "canary", mode: "require" } }), chat, {
      messages: [],
    });
    expect(JSON.stringify(applied)).not.toContain("canary");
  });

  test("a bare text has no place for it", () => {
    expect(allowsOperation(rulesOf(prepend), "completions", "openai")).toMatchObject({
      reason: "operation_not_allowed",
    });
  });
});

describe("operations, addresses and objects", () => {
  const outcome = (
    rules: Partial<GroupInput>,
    operation: OperationName,
    dialect: "openai" | "agents" = "openai",
  ) => {
    const allowed = allowsOperation(rulesOf(rules), operation, dialect);
    return allowed.ok ? "ok" : allowed.reason;
  };

  test("by family and by dialect", () => {
    expect(outcome({ operations: ["chat"] }, "chat")).toBe("ok");
    expect(outcome({ operations: ["chat"] }, "embeddings")).toBe("operation_not_allowed");
    expect(outcome({ dialects: ["agents"] }, "chat")).toBe("dialect_not_allowed");
    expect(outcome({ operations: [] }, "chat")).toBe("operation_not_allowed");
  });

  test("F18 who keeps nothing makes, lists and reads nothing", () => {
    const allowed = (Object.keys(operations) as OperationName[]).filter(
      (name) => outcome({ objects: false }, name) === "ok",
    );
    expect(allowed.sort()).toEqual([
      "chat",
      "completions",
      "embeddings",
      "image_edits",
      "image_embeddings",
      "image_generations",
      "response_create",
      "speech",
      "transcriptions",
      "translations",
    ]);
    const create = (members: object) => apply({ objects: false }, members, at("response_create"));
    expect(create({ input: "x" })).toEqual({ input: "x", store: false });
    for (const more of [
      { store: true },
      { background: true },
      { previous_response_id: "r" },
      { conversation: "c" },
      { agent: {} },
    ]) {
      expect(create(more)).toBe("parameter_not_allowed");
    }
  });

  test("every operation is of one family, and agents get the rest", () => {
    const families = Object.groupBy(Object.keys(operations) as OperationName[], familyOf);
    expect(families.files).toEqual(["file_create", "file_list", "file_get", "file_delete", "file_content"]);
    expect(families.agents).toContain("run_create");
    expect(families.agents).toContain("agent_file_create");
    expect(families.chat).toEqual(["chat"]);
    expect(families.evaluations).toContain("evaluation_create");
  });
});

describe("limits", () => {
  test("money is whole millionths", () => {
    expect(v.parse(limits, { moneyPerDay: 0.1, moneyPerMonth: 2.345678, streams: 3 })).toEqual({
      microsPerDay: 100_000,
      microsPerMonth: 2_345_678,
      streams: 3,
    });
    for (const wrong of [
      { moneyPerDay: 0.1234567 },
      { moneyPerDay: -1 },
      { streams: 1.5 },
      { tokensPerHour: 1 },
      { streams: "1" },
    ]) {
      expect(v.safeParse(limits, wrong).success).toBe(false);
    }
  });

  test("of two the smaller", () => {
    expect(smallest({ streams: 2, tokensPerDay: 5 }, { streams: 1, microsPerDay: 9 })).toEqual({
      streams: 1,
      tokensPerDay: 5,
      microsPerDay: 9,
    });
  });

  test("a call is held against its caller's ledger, its group's, and everyone's", () => {
    const standing = {
      group: "g",
      rules: rulesOf({ limits: { streams: 1 }, together: { tokensPerDay: 9 } }),
    };
    expect(ledgerSteps("p", { kind: "key" }, standing, { everyone: { tokensPerMonth: 99 } })).toEqual([
      { ledger: "p", limits: { streams: 1 } },
      { ledger: "group:g", limits: { tokensPerDay: 9 } },
      { ledger: "everyone", limits: { tokensPerMonth: 99 } },
    ]);
    expect(ledgerSteps("p", { kind: "key" }, { group: undefined, rules: UNRESTRICTED }, {})).toEqual([
      { ledger: "p", limits: {} },
    ]);
    const parsed = v.parse(anonymousSchema, {
      origins: ["https://a.example"],
      together: { tokensPerDay: 7 },
    });
    const anonymous = { ...parsed, secret: secret("x") };
    expect(ledgerSteps("p", { kind: "anonymous" }, standing, { anonymous })).toEqual([
      { ledger: "p", limits: { streams: 1, requestsPerMinute: 10 } },
      { ledger: "group:g", limits: { tokensPerDay: 9 } },
      { ledger: "anonymous", limits: { tokensPerDay: 7 } },
    ]);
  });

  test("I01 a group makes a body's limits narrower, never wider", () => {
    const wide = { bodyBytes: 5000, choices: 4, imageBytes: 100 } as never;
    expect(limitsFor(rulesOf({ bodyBytes: 2000, choices: 128, images: { bytes: 7 } }), wide)).toEqual({
      bodyBytes: 2000,
      choices: 4,
      imageBytes: 7,
    });
  });
});

describe("a policy never widens", () => {
  const amount = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.constantFrom(0, -1, 1, 1e9, Number.MAX_SAFE_INTEGER, Number.NaN, Number.POSITIVE_INFINITY),
    fc.jsonValue(),
  );
  const members = fc.record(
    {
      ...Object.fromEntries(OUTPUT_MEMBERS.map((name) => [name, amount])),
      n: amount,
      best_of: amount,
      prompt: fc.jsonValue(),
      messages: fc.oneof(
        fc.jsonValue(),
        fc.array(
          fc.record({ role: fc.constantFrom("system", "developer", "user"), content: fc.jsonValue() }),
        ),
      ),
      instructions: fc.jsonValue(),
      definition: fc.jsonValue(),
      input: fc.jsonValue(),
      tools: fc.oneof(
        fc.jsonValue(),
        fc.array(fc.record({ type: fc.constantFrom("function", "mcp", "web_search") })),
      ),
      stream: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const operation = fc.constantFrom(...(Object.keys(operations) as OperationName[]));
  const outputMember = fc.constantFrom("max_tokens" as const, "max_completion_tokens" as const);
  const runsText: OperationName[] = ["chat", "completions", "response_create", "run_create", "thread_run"];

  test("F09 no length of an answer leaves above the clamp, and one always leaves", () => {
    fc.assert(
      fc.property(
        members,
        operation,
        outputMember,
        fc.integer({ min: 1, max: 1000 }),
        (given, name, member, most) => {
          const target = { operation: name, outputMember: member };
          const applied = applyPolicy(rulesOf({ maxTokens: { most } }), target, given);
          if (!applied.ok) return;
          const lengths = OUTPUT_MEMBERS.map((one) => applied.members[one]).filter(
            (one) => one !== undefined && one !== null,
          );
          for (const length of lengths)
            expect(length).toSatisfy((one: number) => Number.isInteger(one) && one >= 1 && one <= most);
          if (runsText.includes(name)) expect(lengths.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("F09 no more answers than allowed", () => {
    fc.assert(
      fc.property(members, fc.integer({ min: 1, max: 8 }), (given, choices) => {
        const applied = applyPolicy(rulesOf({ choices }), at("completions"), given);
        if (!applied.ok) return;
        for (const one of [applied.members.n ?? 1, applied.members.best_of ?? 1]) {
          expect(Number.isInteger(one) && (one as number) <= choices).toBe(true);
        }
      }),
    );
  });

  test("no caller's system message is first, or stands at all where none may", () => {
    const system = { text: "Be brief.", others: "refuse" as const };
    fc.assert(
      fc.property(members, (given) => {
        const applied = applyPolicy(rulesOf({ system }), chat, given);
        if (!applied.ok) return;
        const [first, ...rest] = applied.members.messages as { role?: string; content?: unknown }[];
        expect(first).toEqual({ role: "system", content: "Be brief." });
        expect(rest.some((one) => ["system", "developer"].includes(Object(one).role))).toBe(false);
      }),
    );
  });

  test("applied twice it changes nothing more, and without rules nothing at all", () => {
    fc.assert(
      fc.property(members, operation, (given, name) => {
        expect(applyPolicy(UNRESTRICTED, at(name), given)).toEqual({ ok: true, members: given });
        const rules = rulesOf({
          maxTokens: { default: 5, most: 9 },
          choices: 2,
          tools: "functions",
          objects: false,
        });
        const once = applyPolicy(rules, at(name), given);
        if (once.ok) expect(applyPolicy(rules, at(name), once.members)).toEqual(once);
        if (once.ok) {
          const again = applyPolicy(rules, at(name), once.members);
          expect(again.ok && again.members === once.members).toBe(true);
        }
      }),
    );
  });
});
