// What a project keeps by name and version: datasets and indexes. Each is created, or changed, by a merge patch.

import { reading, stepIn } from "./enter.ts";
import { type Exchange, headersOf, respond, refuse as sendRefusal } from "./exchange.ts";
import { type JsonObject, refuse } from "./json.ts";
import { linkedPageOf } from "./linked-page.ts";
import { mergePatch } from "./merge-patch.ts";
import { parseBody } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";
import { keep } from "./state.ts";

export type AssetKind = "data" | "indexes";

export interface Asset {
  readonly kind: AssetKind;
  readonly scope: string;
  readonly name: string;
  readonly version: string;
  /** The rest of it, as it was given. */
  readonly members: JsonObject;
}

/** Throws Refused where the members do not make an asset of the kind. */
export type AssetCheck = (members: JsonObject) => void;

function keyOf(kind: AssetKind, scope: string, name: string, version: string): string {
  return JSON.stringify([kind, scope, name, version]);
}

export function findAsset(
  { state, scope }: Exchange,
  kind: AssetKind,
  name: string,
  version: string,
): Asset | undefined {
  return state.assets.get(keyOf(kind, scope, name, version));
}

export function assetsOf({ state, scope }: Exchange, kind: AssetKind): readonly Asset[] {
  return [...state.assets.values()].filter((asset) => asset.kind === kind && asset.scope === scope);
}

export function assetId({ kind, scope, name, version }: Omit<Asset, "members">): string {
  return `azureai://accounts/emulator/projects/${scope}/${kind}/${name}/versions/${version}`;
}

export function assetObject(asset: Asset): JsonObject {
  const { name, version, members } = asset;
  return { ...members, id: assetId(asset), name, version };
}

const READ_ONLY = ["id", "name", "version", "isReference"];
const NAME = /^[\w-][\w.-]{0,254}$/;

export function putAsset(
  exchange: Exchange,
  { id: name = "", version = "" }: RouteValues,
  kind: AssetKind,
  check: AssetCheck,
): Promise<Response> {
  return reading(
    exchange,
    () => {
      if (!NAME.test(name)) refuse("invalid-value", "name", name, "letters, digits, '_', '-' and '.'");
      if (!NAME.test(version))
        refuse("invalid-value", "version", version, "letters, digits, '_', '-' and '.'");
      const given = parseBody(exchange.record.body);
      const patch = Object.fromEntries(
        Object.entries(given).filter(([member]) => !READ_ONLY.includes(member)),
      );
      const before = findAsset(exchange, kind, name, version);
      const members = mergePatch(before?.members ?? {}, patch);
      check(members);
      return { isNew: before === undefined, members };
    },
    async ({ isNew, members }) => {
      const instead = await stepIn(exchange);
      if (instead !== undefined) return instead;
      const asset: Asset = { kind, scope: exchange.scope, name, version, members };
      keep(exchange.state.assets, keyOf(kind, exchange.scope, name, version), asset);
      return sendJson(exchange, assetObject(asset), { status: isNew ? 201 : 200 });
    },
  );
}

/** Of each name the version that came last. */
export function listLatest(exchange: Exchange, kind: AssetKind): Promise<Response> {
  const latest = new Map(assetsOf(exchange, kind).map((asset) => [asset.name, asset]));
  return sendAssets(exchange, [...latest.values()]);
}

export function listAssetVersions(
  exchange: Exchange,
  { id: name }: RouteValues,
  kind: AssetKind,
): Promise<Response> {
  const versions = assetsOf(exchange, kind).filter((asset) => asset.name === name);
  return sendAssets(exchange, versions.toReversed());
}

async function sendAssets(exchange: Exchange, assets: readonly Asset[]): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  return reading(
    exchange,
    () => linkedPageOf(exchange.url, assets),
    (page) => sendJson(exchange, { ...page, value: page.value.map(assetObject) }),
  );
}

export async function withAsset(
  exchange: Exchange,
  { id: name = "", version = "" }: RouteValues,
  kind: AssetKind,
  then: (asset: Asset) => Response,
): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const asset = findAsset(exchange, kind, name, version);
  if (asset !== undefined) return then(asset);
  const message = `Version '${version}' of '${name}' not found.`;
  return sendRefusal(exchange, { reason: "not-found", message });
}

/** 204 whether it was there or not, as the service documents. */
export async function deleteAsset(
  exchange: Exchange,
  { id: name = "", version = "" }: RouteValues,
  kind: AssetKind,
): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  exchange.state.assets.delete(keyOf(kind, exchange.scope, name, version));
  return respond(exchange, 204, headersOf(exchange), null);
}
