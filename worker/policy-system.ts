// The system prompt of a group: put before what the caller says, or held against it. Each dialect has its own place
// for it; an agent gets it with its definition. Pure, and no refusal quotes a text.
import type { OperationName } from "./operations.ts";
import type { Applied, Members } from "./policy.ts";
import type { Rules } from "./policy-schema.ts";
import { refuse } from "./refusals.ts";

type System = NonNullable<Rules["system"]>;

const BETWEEN = "\n\n";
/** A definition is whole, so it always has the text; of a run or a change only what it replaces. */
const DEFINES: ReadonlySet<OperationName> = new Set(["agent_create"]);
const REPLACES: ReadonlySet<OperationName> = new Set(["agent_update", "run_create", "thread_run"]);
const IN_DEFINITION: ReadonlySet<OperationName> = new Set(["named_create", "named_update", "version_create"]);
const HOLDS_ITEMS: ReadonlySet<OperationName> = new Set(["conversation_create", "item_create"]);

export function applySystem(system: System | undefined, operation: OperationName, members: Members): Applied {
  if (system === undefined) return { ok: true, members };
  if (operation === "chat") return inMessages(system, members);
  if (operation === "response_create") {
    if (system.others === "refuse" && hasSystemItem(members.input)) return refused("input");
    // What an agent is told stands in its definition.
    const isAgents = members.agent !== undefined || members.agent_reference !== undefined;
    return inInstructions(system, members, !isAgents);
  }
  if (HOLDS_ITEMS.has(operation)) {
    return system.others === "refuse" && hasSystemItem(members.items)
      ? refused("items")
      : { ok: true, members };
  }
  if (IN_DEFINITION.has(operation)) {
    const told = inInstructions(system, Object(members.definition), true);
    if (!told.ok) return told;
    const isSame = told.members === members.definition;
    return { ok: true, members: isSame ? members : { ...members, definition: told.members } };
  }
  if (DEFINES.has(operation)) return inInstructions(system, members, true);
  if (REPLACES.has(operation)) {
    const { additional_instructions: more } = members;
    if (system.others === "refuse" && more !== undefined && more !== "")
      return refused("additional_instructions");
    return inInstructions(system, members, false);
  }
  return { ok: true, members };
}

const refused = (param: string) => refuse("system_prompt_refused", { param });

function inMessages({ text, mode, others }: System, members: Members): Applied {
  const messages: readonly unknown[] = Array.isArray(members.messages) ? members.messages : [];
  const [first, ...rest] = messages;
  const own = mode === "require" ? rest : messages;
  if (mode === "require" && !(isSystem(first) && textOf(first) === text)) return refused("messages");
  if (others === "refuse" && own.some(isSystem)) return refused("messages");
  if (mode === "require") return { ok: true, members };
  return { ok: true, members: { ...members, messages: [{ role: "system", content: text }, ...messages] } };
}

/** `always`: also where the caller says nothing, for then nothing else would be said. */
function inInstructions({ text, mode, others }: System, members: Members, always: boolean): Applied {
  const { instructions } = members;
  const given = typeof instructions === "string" ? instructions : "";
  if (instructions === undefined && !always) return { ok: true, members };
  // An agent's instructions come back as they were sent on, and may be sent again.
  const begins = given === text || given.startsWith(text + BETWEEN);
  if (others === "refuse" && given !== "" && given !== text) return refused("instructions");
  if (begins) return { ok: true, members };
  if (mode === "require") return refused("instructions");
  return { ok: true, members: { ...members, instructions: given === "" ? text : text + BETWEEN + given } };
}

function isSystem(message: unknown): boolean {
  const { role } = Object(message) as { role?: unknown };
  return role === "system" || role === "developer";
}

function hasSystemItem(items: unknown): boolean {
  return Array.isArray(items) && items.some(isSystem);
}

function textOf(message: unknown): string {
  const { content } = Object(message) as { content?: unknown };
  if (typeof content === "string") return content;
  return Array.isArray(content) ? content.map((part) => String(Object(part).text ?? "")).join("") : "";
}
