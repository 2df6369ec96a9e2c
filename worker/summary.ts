// A configuration in words: who may call, what, how much, and where it goes; and what an operator should think about
// twice. For people, so it holds names and amounts and no secret. Pure: `latchkey check` prints it.
import type { Config } from "./config.ts";
import type { LedgerLimits } from "./ledger.ts";
import type { PolicyGroup, Rules } from "./policy-schema.ts";
import { warningsOf } from "./summary-warnings.ts";

const MICROS = 1_000_000;
const INDENT = "  ";
const WIDTH = 14;

export interface Summary {
  readonly text: string;
  readonly warnings: readonly string[];
}

export function summarize(config: Config): Summary {
  const warnings = warningsOf(config);
  const sections: [title: string, lines: readonly string[]][] = [
    ["Who may call", callers(config)],
    [
      "What each may do",
      config.policy.length === 0
        ? ["everything below: there are no groups"]
        : [
            "the first group that fits decides; who fits none is refused",
            ...config.policy.flatMap(groupLines),
          ],
    ],
    ["Each caller, whichever group", [limitText(config.perCaller) || "no limit"]],
    ["All callers together", [limitText(config.everyone) || "no limit"]],
    ["Models", models(config)],
    ["What services may fetch or run", services(config)],
    ["How calls are handled", handling(config)],
    ["Warnings", warnings.length === 0 ? ["none"] : warnings.map((text) => `- ${text}`)],
  ];
  const text = sections
    .map(([title, lines]) => [title, ...lines.map((line) => INDENT + line)].join("\n"))
    .join("\n\n");
  return { text: `${text}\n`, warnings };
}

const row = (name: string, text: string) => `${name.padEnd(WIDTH)}${text}`;
const count = (value: number) => value.toLocaleString("en-US");
const money = (micros: number) => String(micros / MICROS);
const list = (names: Iterable<string>, none = "none") => [...names].join(", ") || none;

function callers({ session, origins, callerKeys, entra, anonymous }: Config): string[] {
  const proofs = [
    ...(session?.turnstile === undefined ? [] : ["Turnstile"]),
    ...(session?.backend === undefined ? [] : ["the app's backend"]),
  ];
  const lines = [
    row(
      "pages",
      session === undefined
        ? "none: no sessions are given"
        : `of ${list(origins)}; sessions of ${session.lifetimeSeconds} s; proof: ${list(proofs)}`,
    ),
    row("caller keys", list(callerKeys.map(({ name }) => name))),
  ];
  if (entra === undefined) lines.push(row("Entra ID", "none"));
  else {
    lines.push(
      row(
        "Entra ID",
        `people with scope ${list(entra.scopes, "(no people)")}; applications with role ${list(entra.roles, "(no applications)")}`,
      ),
      row(
        "",
        `of ${list(entra.tenants)}; for ${list(entra.audiences)}; signed with ${list(entra.algorithms)}`,
      ),
    );
  }
  if (entra?.page !== undefined) {
    const { clientId, authority, scopes } = entra.page;
    lines.push(row("", `pages are told to sign in as ${clientId} at ${authority} for ${list(scopes)}`));
  }
  if (anonymous === undefined) return [...lines, row("anonymous", "none")];
  return [
    ...lines,
    row(
      "anonymous",
      `from ${list(anonymous.origins)}, counted by /${anonymous.prefixes.ipv4} and IPv6 /${anonymous.prefixes.ipv6}`,
    ),
    row("", `each: ${limitText(anonymous.limits)}`),
    row("", `all of them: ${limitText(anonymous.together)}`),
  ];
}

function groupLines({ name, match, rules }: PolicyGroup, index: number): string[] {
  return ["", `${index + 1}. ${name}: ${matchText(match)}`, ...ruleLines(rules).map((line) => INDENT + line)];
}

function matchText(match: PolicyGroup["match"]): string {
  const parts = Object.entries(match).map(([what, names]) => `${what} ${list(names ?? [])}`);
  return parts.join(" and ") || "everybody else";
}

function ruleLines(rules: Rules): string[] {
  const { maxTokens, tools, images, system, parameters } = rules;
  const given: [name: string, text: string | undefined][] = [
    ["models", rules.models && list(rules.models)],
    ["agents", rules.agents && list(rules.agents)],
    ["operations", rules.operations && list(rules.operations)],
    ["addresses", rules.dialects && list(rules.dialects)],
    ["objects", rules.objects ? undefined : "keeps none"],
    ["output", maxTokens && outputText(maxTokens)],
    ["answers", rules.choices === undefined ? undefined : `at most ${rules.choices} at once`],
    ["tools", tools && list([...(tools.functions ? ["functions"] : []), ...tools.hosted])],
    ["body", rules.bodyBytes === undefined ? undefined : `at most ${count(rules.bodyBytes)} bytes`],
    [
      "images",
      images &&
        list(
          [
            ...(images.most === undefined ? [] : [`at most ${images.most}`]),
            ...(images.bytes === undefined ? [] : [`${count(images.bytes)} bytes`]),
          ],
          "any",
        ),
    ],
    [
      "system prompt",
      system &&
        `${system.text.length} characters, ${system.mode === "prepend" ? "put first" : "must come first"}; others ${system.others === "allow" ? "follow" : "are refused"}`,
    ],
    ["only", parameters?.allowed && list(parameters.allowed)],
    ["never", parameters?.forbidden && list(parameters.forbidden)],
    ["each caller", limitText(rules.limits) || undefined],
    ["all of them", limitText(rules.together) || undefined],
  ];
  const lines = given.flatMap(([name, text]) => (text === undefined ? [] : [row(name, text)]));
  return lines.length === 0 ? ["no rules of its own"] : lines;
}

function outputText({ default: usual, most }: NonNullable<Rules["maxTokens"]>): string {
  const parts = [
    ...(usual === undefined ? [] : [`${count(usual)} tokens where nothing is said`]),
    ...(most === undefined ? [] : [`at most ${count(most)} tokens`]),
  ];
  return list(parts, "as the service has it");
}

const UNITS: Readonly<Record<keyof LedgerLimits, string>> = {
  requestsPerMinute: "requests a minute",
  tokensPerMinute: "tokens a minute",
  streams: "streams at once",
  tokensPerDay: "tokens a day",
  tokensPerMonth: "tokens a month",
  microsPerDay: "of money a day",
  microsPerMonth: "of money a month",
};

/** Empty when there is no limit. */
function limitText(limits: LedgerLimits): string {
  return (Object.keys(UNITS) as (keyof LedgerLimits)[])
    .flatMap((name) => {
      const value = limits[name];
      if (value === undefined) return [];
      return [`${name.startsWith("micros") ? money(value) : count(value)} ${UNITS[name]}`];
    })
    .join(", ");
}

function models(config: Config): string[] {
  const width = Math.max(...[...config.models.keys()].map((name) => name.length)) + 2;
  return [...config.models.values()].flatMap(({ name, places, price }) => {
    const cost =
      price === undefined
        ? "no price"
        : `${money(price.input)} in, ${money(price.output)} out per million tokens`;
    const where = places.map(({ upstream, deployment, priority, weight }) => {
      const order = places.length > 1 ? `, priority ${priority}, weight ${weight}` : "";
      return `${upstream.name} (${upstream.kind}, ${new URL(upstream.url).host}) as ${deployment}${order}`;
    });
    return where.map(
      (text, index) => `${(index === 0 ? name : "").padEnd(width)}${text}${index === 0 ? `; ${cost}` : ""}`,
    );
  });
}

function handling({ idempotencyKeys, streamErrors, heartbeats }: Config): string[] {
  const where = { opening: "before an answer flows", always: "everywhere; no stream is passed natively" };
  return [
    row(
      "repeated",
      idempotencyKeys === "hold"
        ? "refused while a call with the same Idempotency-Key is under way"
        : "an Idempotency-Key means nothing",
    ),
    row("stream errors", `told in our words ${where[streamErrors]}`),
    row("comments", where[heartbeats]),
  ];
}

function services(config: Config): string[] {
  const allowed: [name: string, what: ReadonlySet<string>][] = [
    ["images of", config.imageHosts],
    ["files of", config.fileHosts],
    ["indexes of", config.dataSourceHosts],
    ["MCP servers", config.mcpHosts],
    ["APIs of", config.openApiHosts],
    ["tools", config.serverTools],
  ];
  const lines = allowed.filter(([, what]) => what.size > 0).map(([name, what]) => row(name, list(what)));
  return lines.length === 0 ? ["nothing"] : lines;
}
