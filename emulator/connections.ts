// Connections in both wire forms: of the era, below a workspace, and of today, below a project. Secrets are in the
// answers of `listsecrets` and `getConnectionWithCredentials` alone. Beside them the workspace itself and its
// Application Insights resource, which lead to where telemetry goes.

import { type Connection, insightsConnectionString } from "./connection.ts";
import { stepIn } from "./enter.ts";
import { type Exchange, refuse as sendRefusal } from "./exchange.ts";
import type { JsonObject } from "./json.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";

function workspaceId({ subscription, group, workspace }: RouteValues): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.MachineLearningServices/workspaces/${workspace}`;
}

export async function getWorkspace(exchange: Exchange, values: RouteValues): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { subscription, group, workspace = "" } = values;
  const hasInsights = exchange.settings.applicationInsights !== "";
  const insights = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Insights/components/${workspace}-insights`;
  return sendJson(exchange, {
    id: workspaceId(values),
    name: workspace,
    type: "Microsoft.MachineLearningServices/workspaces",
    properties: { applicationInsights: hasInsights ? insights : "" },
  });
}

export async function getInsights(exchange: Exchange, values: RouteValues): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { subscription, group, component = "" } = values;
  const connectionString = insightsOf(exchange);
  if (connectionString === "") {
    return sendRefusal(exchange, { reason: "not-found", message: `No resource named '${component}'.` });
  }
  return sendJson(exchange, {
    id: `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Insights/components/${component}`,
    name: component,
    type: "Microsoft.Insights/components",
    properties: { ConnectionString: connectionString },
  });
}

function insightsOf({ settings, url }: Exchange): string {
  return settings.applicationInsights ?? insightsConnectionString(url.origin);
}

/** Today's projects say where telemetry goes by a connection, too. */
function connectionsOf(exchange: Exchange): readonly Connection[] {
  const { connections } = exchange.settings;
  const key = insightsOf(exchange);
  if (key === "" || exchange.dialect.form !== "project") return connections;
  if (connections.some(({ type }) => type === "AppInsights")) return connections;
  const target =
    "/subscriptions/emulator/resourceGroups/emulator/providers/Microsoft.Insights/components/emulator";
  const insights = { name: "emulator-insights", type: "AppInsights", target } as const;
  return [...connections, { ...insights, credentials: { type: "ApiKey", key } }];
}

function connectionObject(
  exchange: Exchange,
  values: RouteValues,
  connection: Connection,
  withSecrets: boolean,
): JsonObject {
  const { name, type, credentials, metadata = {} } = connection;
  const isOwn = connection.target.startsWith("/") && type !== "AppInsights";
  const target = isOwn ? exchange.url.origin + connection.target : connection.target;
  const secrets = withSecrets ? secretsOf(connection) : {};
  if (exchange.dialect.form === "project") {
    return {
      name,
      id: `/subscriptions/emulator/resourceGroups/emulator/providers/Microsoft.CognitiveServices/accounts/emulator/projects/${values.project}/connections/${name}`,
      type,
      target,
      isDefault: connectionsOf(exchange).find((other) => other.type === type)?.name === name,
      credentials: { type: credentials.type, ...secrets },
      metadata,
    };
  }
  const hasMember = withSecrets && Object.keys(secrets).length > 0;
  return {
    id: `${workspaceId(values)}/connections/${name}`,
    name,
    type: "Microsoft.MachineLearningServices/workspaces/connections",
    properties: {
      category: type,
      target,
      authType: credentials.type,
      metadata,
      ...(hasMember && { credentials: secrets }),
    },
  };
}

function secretsOf({ credentials }: Connection): JsonObject {
  switch (credentials.type) {
    case "ApiKey":
      return { key: credentials.key };
    case "SAS":
      return { SAS: credentials.SAS };
    case "CustomKeys":
      return { ...credentials.keys };
    default:
      return {};
  }
}

export async function listConnections(exchange: Exchange, values: RouteValues): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { searchParams } = exchange.url;
  const isProject = exchange.dialect.form === "project";
  const type = searchParams.get(isProject ? "connectionType" : "category");
  const target = isProject ? null : searchParams.get("target");
  const onlyDefault = isProject ? searchParams.get("defaultConnection") : null;
  const all = connectionsOf(exchange);
  const value = all
    .filter((each) => type === null || each.type === type)
    .filter((each) => {
      const isDefault = all.find((other) => other.type === each.type) === each;
      return onlyDefault === null || (onlyDefault === "true") === isDefault;
    })
    .map((each) => connectionObject(exchange, values, each, false))
    .filter(({ properties }) => target === null || (properties as JsonObject).target === target);
  return sendJson(exchange, { value });
}

export function getConnection(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withConnection(exchange, values, false);
}

/** The body, where there is one, says nothing. */
export function getConnectionWithSecrets(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withConnection(exchange, values, true);
}

async function withConnection(
  exchange: Exchange,
  values: RouteValues,
  withSecrets: boolean,
): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const connection = connectionsOf(exchange).find(({ name }) => name === values.id);
  if (connection !== undefined) {
    return sendJson(exchange, connectionObject(exchange, values, connection, withSecrets));
  }
  const message = `Connection '${values.id}' can't be found in this workspace.`;
  return sendRefusal(exchange, { reason: "not-found", message });
}
