// Indexes of a project: descriptions of where a search index lies. Nothing is searched by them here.

import {
  type AssetCheck,
  assetObject,
  deleteAsset,
  listAssetVersions,
  listLatest,
  putAsset,
  withAsset,
} from "./assets.ts";
import type { Exchange } from "./exchange.ts";
import { type JsonObject, refuse } from "./json.ts";
import { object, oneOf, text } from "./members.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";

const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  AzureSearch: ["connectionName", "indexName"],
  ManagedAzureSearch: ["vectorStoreId"],
  CosmosDBNoSqlVectorStore: ["connectionName", "databaseName", "containerName"],
};

const check: AssetCheck = (members: JsonObject) => {
  if (members.type === undefined) refuse("missing-parameter", "type", undefined, "a type");
  oneOf(...Object.keys(REQUIRED))(members.type, "type");
  for (const name of REQUIRED[members.type as string] ?? []) {
    if (members[name] === undefined) refuse("missing-parameter", name, undefined, "a string");
    text(members[name], name);
  }
  for (const name of ["fieldMapping", "embeddingConfiguration", "tags"]) {
    if (members[name] !== undefined) object(members[name], name);
  }
  if (members.type !== "CosmosDBNoSqlVectorStore") return;
  for (const name of ["embeddingConfiguration", "fieldMapping"]) {
    if (members[name] === undefined) refuse("missing-parameter", name, undefined, "an object");
  }
};

export const putIndex = (exchange: Exchange, values: RouteValues): Promise<Response> =>
  putAsset(exchange, values, "indexes", check);

export const listIndexes = (exchange: Exchange): Promise<Response> => listLatest(exchange, "indexes");

export const listIndexVersions = (exchange: Exchange, values: RouteValues): Promise<Response> =>
  listAssetVersions(exchange, values, "indexes");

export const getIndex = (exchange: Exchange, values: RouteValues): Promise<Response> =>
  withAsset(exchange, values, "indexes", (asset) => sendJson(exchange, assetObject(asset)));

export const deleteIndex = (exchange: Exchange, values: RouteValues): Promise<Response> =>
  deleteAsset(exchange, values, "indexes");
