// Today's agents are run by the responses API of their project: the body names one instead of a model.

import { type AgentVersion, findAgentVersion } from "./agent-versions.ts";
import type { Exchange } from "./exchange.ts";
import { isObject, type JsonObject, Refused, refuse } from "./json.ts";
import { oneOf, text } from "./members.ts";

interface ReadAgent {
  /** What the agent says in the place of the body. */
  readonly members: JsonObject;
  readonly echo: JsonObject;
}

/** undefined when none is named. Throws Refused. */
export function readAgent(exchange: Exchange, body: JsonObject): ReadAgent | undefined {
  const name = body.agent === undefined ? "agent_reference" : "agent";
  const given = body[name] ?? ofEndpoint(exchange);
  if (!isObject(given)) return undefined;
  const { type, name: agentName, version } = given;
  oneOf("agent_reference")(type, `${name}.type`);
  if (agentName === undefined) refuse("missing-parameter", `${name}.name`, agentName, "an agent's name");
  text(agentName, `${name}.name`);
  if (version !== undefined && version !== null) text(version, `${name}.version`);
  const found = findAgentVersion(exchange, agentName as string, (version ?? undefined) as string | undefined);
  if (found === undefined) {
    const message = `Agent '${String(agentName)}' not found.`;
    throw new Refused({ reason: "not-found", param: `${name}.name`, message });
  }
  return { members: { model: found.model, ...spokenBy(found, body) }, echo: given };
}

/** The agent that is called by its own endpoint. */
function ofEndpoint({ url }: Exchange): JsonObject | undefined {
  const name = /\/agents\/([^/]+)\/endpoint\/protocols\/openai\//.exec(url.pathname)?.[1];
  return name === undefined ? undefined : { type: "agent_reference", name: decodeURIComponent(name) };
}

/** Of an agent's tools only functions run here; those that the request brings come on top. */
function spokenBy({ instructions, tools }: AgentVersion, body: JsonObject): JsonObject {
  const functions = tools.filter((tool) => isObject(tool) && tool.type === "function");
  const said = [instructions, body.instructions].filter((one) => typeof one === "string" && one !== "");
  return {
    ...(said.length > 0 && { instructions: said.join("\n") }),
    ...(functions.length > 0 && { tools: [...functions, ...((body.tools ?? []) as unknown[])] }),
  };
}
