// Datasets of a project, whose data is uploaded to the emulator's blob store first. What was made here can be read by
// vector stores and evaluations, by the dataset's id or by the address of its data.

import {
  type AssetCheck,
  assetObject,
  deleteAsset,
  findAsset,
  listAssetVersions,
  listLatest,
  putAsset,
  withAsset,
} from "./assets.ts";
import type { Blob } from "./blob-store.ts";
import { BLOB_PATH, SAS } from "./connection.ts";
import { reading, stepIn } from "./enter.ts";
import type { Exchange } from "./exchange.ts";
import { type JsonObject, refuse } from "./json.ts";
import { object, oneOf, text } from "./members.ts";
import { createRandom, hashText, randomUuid } from "./random.ts";
import { readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";

const check: AssetCheck = (members) => {
  for (const name of ["type", "dataUri"]) {
    if (members[name] === undefined) refuse("missing-parameter", name, undefined, "a string");
  }
  oneOf("uri_file", "uri_folder")(members.type, "type");
  text(members.dataUri, "dataUri");
  if (members.tags !== undefined) object(members.tags, "tags");
};

export const putDataset = (exchange: Exchange, values: RouteValues): Promise<Response> =>
  putAsset(exchange, values, "data", check);

export const listDatasets = (exchange: Exchange): Promise<Response> => listLatest(exchange, "data");

export const listDatasetVersions = (exchange: Exchange, values: RouteValues): Promise<Response> =>
  listAssetVersions(exchange, values, "data");

export const getDataset = (exchange: Exchange, values: RouteValues): Promise<Response> =>
  withAsset(exchange, values, "data", (asset) => sendJson(exchange, assetObject(asset)));

export const deleteDataset = (exchange: Exchange, values: RouteValues): Promise<Response> =>
  deleteAsset(exchange, values, "data");

export function startPendingUpload(exchange: Exchange, { version = "" }: RouteValues): Promise<Response> {
  return reading(
    exchange,
    () => {
      const known = {
        pendingUploadId: text,
        connectionName: text,
        pendingUploadType: oneOf("BlobReference"),
      };
      const body = readMembers(exchange.dialect, exchange.record.body || "{}", known);
      const { connectionName } = body;
      const { connections } = exchange.settings;
      if (connectionName !== undefined && !connections.some(({ name }) => name === connectionName)) {
        refuse("invalid-value", "connectionName", connectionName, "the name of a connection of the project");
      }
      const id = body.pendingUploadId ?? uploadId(exchange);
      if (!/^[\w-]{1,64}$/.test(id as string)) refuse("invalid-value", "pendingUploadId", id, "a UUID");
      return id as string;
    },
    async (id) => {
      const instead = await stepIn(exchange);
      if (instead !== undefined) return instead;
      return sendJson(exchange, {
        blobReference: blobReference(exchange.url.origin + BLOB_PATH + id),
        pendingUploadId: id,
        version,
        pendingUploadType: "BlobReference",
      });
    },
  );
}

function uploadId({ sequence, settings }: Exchange): string {
  return randomUuid(createRandom(hashText(`upload ${sequence}`, settings.seed)));
}

function blobReference(blobUri: string): JsonObject {
  return {
    blobUri,
    storageAccountArmId:
      "/subscriptions/emulator/resourceGroups/emulator/providers/Microsoft.Storage/storageAccounts/emulator",
    credential: { type: "SAS", sasUri: `${blobUri}?${SAS}` },
  };
}

export const getDatasetCredentials = (exchange: Exchange, values: RouteValues): Promise<Response> =>
  withAsset(exchange, values, "data", ({ members }) =>
    sendJson(exchange, { blobReference: blobReference(String(members.dataUri)) }),
  );

export interface DatasetFile extends Blob {
  readonly filename: string;
}

/** By its id, by any other address that ends with its name and version, or by where its data lies. */
export function readDataset(exchange: Exchange, address: string): DatasetFile | undefined {
  const uri = dataUriOf(exchange, address);
  const at = uri.indexOf(BLOB_PATH);
  if (at < 0) return undefined;
  let name: string;
  try {
    name = decodeURIComponent(uri.slice(at + BLOB_PATH.length).split("?", 1)[0] as string);
  } catch {
    return undefined;
  }
  const { blobs } = exchange.state;
  const key = blobs.has(name) ? name : [...blobs.keys()].find((known) => known.startsWith(`${name}/`));
  const blob = key === undefined ? undefined : blobs.get(key);
  return blob === undefined ? undefined : { ...blob, filename: (key as string).split("/").at(-1) ?? "" };
}

function dataUriOf(exchange: Exchange, address: string): string {
  const [, name, version] = /\/data(?:sets)?\/([^/]+)\/versions\/([^/]+)$/.exec(address) ?? [];
  const known =
    name === undefined || version === undefined ? undefined : findAsset(exchange, "data", name, version);
  return known === undefined ? address : String(known.members.dataUri);
}
