// Vector stores: create, list, retrieve, modify, delete, and search, which OpenAI's surface has.

import { reading, stepIn } from "./enter.ts";
import { type Exchange, refuse as sendRefusal } from "./exchange.ts";
import { isObject, type JsonObject, refuse } from "./json.ts";
import { bool, integer, list, metadata, number, object, text } from "./members.ts";
import { pageOf } from "./paging.ts";
import { parseBody, readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";
import { searchVectorStores } from "./vector-search.ts";
import { addToStore, filesOf, findStore, openStore, storeObject, type VectorStore } from "./vector-store.ts";
import {
  fileOfSource,
  readChunking,
  readDataSources,
  readExpiry,
  readFileIds,
} from "./vector-store-request.ts";

const elsewhere = (): void => {};

export function createVectorStore(exchange: Exchange): Promise<Response> {
  const { dialect, record } = exchange;
  return reading(
    exchange,
    () => {
      const body = readMembers(dialect, record.body === "" ? "{}" : record.body, {
        file_ids: list,
        name: text,
        description: text,
        configuration: object,
        expires_after: object,
        chunking_strategy: object,
        metadata,
      });
      const configuration = body.configuration as JsonObject | undefined;
      return {
        name: (body.name ?? "") as string,
        metadata: body.metadata ?? {},
        expiresAfter: readExpiry(body.expires_after),
        chunking: readChunking(body.chunking_strategy),
        fileIds: readFileIds(exchange, body.file_ids),
        sources: readDataSources(configuration?.data_sources, "configuration.data_sources"),
      };
    },
    async ({ chunking, fileIds, sources, ...named }) => {
      const instead = await stepIn(exchange);
      if (instead !== undefined) return instead;
      const store = openStore(exchange, named);
      const made = sources.map((source, index) => fileOfSource(exchange, source, index));
      for (const id of [...fileIds, ...made]) addToStore(exchange, store, id, chunking);
      return sendJson(exchange, storeObject(exchange, store));
    },
  );
}

export async function listVectorStores(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { state, scope, url } = exchange;
  return reading(
    exchange,
    () => {
      const stores = [...state.vectorStores.values()].filter((store) => store.scope === scope);
      return pageOf(url, stores, { limit: 20, mostItems: 100, order: "desc" });
    },
    (page) => sendJson(exchange, { ...page, data: page.data.map((store) => storeObject(exchange, store)) }),
  );
}

export function getVectorStore(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withStore(exchange, values, (store) => {
    for (const file of filesOf(exchange, store)) file.progress.polls++;
    return sendJson(exchange, storeObject(exchange, store));
  });
}

export function modifyVectorStore(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withStore(exchange, values, (store) =>
    reading(
      exchange,
      () => {
        const known = { name: text, expires_after: object, metadata };
        const body = readMembers(exchange.dialect, exchange.record.body, known);
        return { ...body, expires_after: readExpiry(body.expires_after) };
      },
      (body: JsonObject) => {
        // null empties what was there.
        const given = (name: string): boolean => Object.hasOwn(parseBody(exchange.record.body), name);
        if (given("name")) store.name = (body.name ?? "") as string;
        if (given("metadata")) store.metadata = body.metadata ?? {};
        if (given("expires_after")) store.expiresAfter = body.expires_after as VectorStore["expiresAfter"];
        return sendJson(exchange, storeObject(exchange, store));
      },
    ),
  );
}

export function deleteVectorStore(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withStore(exchange, values, ({ id }) => {
    exchange.state.vectorStores.delete(id);
    return sendJson(exchange, { id, object: "vector_store.deleted", deleted: true });
  });
}

const MOST_RESULTS = 50;

export function searchVectorStore(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withStore(exchange, values, (store) =>
    reading(
      exchange,
      () => {
        const body = readMembers(exchange.dialect, exchange.record.body, {
          query: elsewhere,
          rewrite_query: bool,
          max_num_results: integer(1, MOST_RESULTS),
          ranking_options: object,
        });
        const queries = Array.isArray(body.query) ? body.query : [body.query];
        if (body.query === undefined) refuse("missing-parameter", "query", undefined, "a question");
        for (const query of queries) text(query, "query");
        const { score_threshold: threshold = 0 } = isObject(body.ranking_options) ? body.ranking_options : {};
        number(0, 1)(threshold, "ranking_options.score_threshold");
        const maxResults = (body.max_num_results ?? 10) as number;
        return { queries: queries as string[], maxResults, scoreThreshold: threshold as number };
      },
      ({ queries, ...options }) => {
        const found = searchVectorStores(exchange, [store.id], queries.join("\n"), options);
        return sendJson(exchange, {
          object: "vector_store.search_results.page",
          search_query: queries,
          data: found.map(({ fileId, fileName, score, text: passage }) => ({
            file_id: fileId,
            filename: fileName,
            score,
            attributes: store.files.get(fileId)?.attributes ?? {},
            content: [{ type: "text", text: passage }],
          })),
          has_more: false,
          next_page: null,
        });
      },
    ),
  );
}

export async function withStore(
  exchange: Exchange,
  { id = "" }: RouteValues,
  then: (store: VectorStore) => Response | Promise<Response>,
): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const store = findStore(exchange, id);
  if (store !== undefined) return then(store);
  const message = `No vector store found with id '${id}'.`;
  return sendRefusal(exchange, { reason: "not-found", param: "vector_store_id", message });
}
