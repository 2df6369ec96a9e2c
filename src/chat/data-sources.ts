/** Azure OpenAI on your data: the sources a chat may ask, and what comes back. Contract: 2025-03-01-preview. */

/** How a source, or the endpoint that embeds for it, authenticates. */
export type DataSourceAuthentication =
  | { type: "api_key"; key: string }
  | { type: "connection_string"; connection_string: string }
  | { type: "key_and_key_id"; key: string; key_id: string }
  | { type: "encoded_api_key"; encoded_api_key: string }
  | { type: "access_token"; access_token: string }
  | { type: "system_assigned_managed_identity" }
  | { type: "user_assigned_managed_identity"; managed_identity_resource_id: string }
  | { type: "username_and_password"; username: string; password: string };

/** What embeds the question. */
export type EmbeddingDependency =
  | { type: "endpoint"; endpoint: string; authentication: DataSourceAuthentication; dimensions?: number }
  | { type: "deployment_name"; deployment_name: string; dimensions?: number }
  | { type: "model_id"; model_id: string }
  | { type: "integrated" };

export interface DataSourceFields {
  title_field?: string;
  url_field?: string;
  filepath_field?: string;
  content_fields?: string[];
  content_fields_separator?: string;
  vector_fields?: string[];
  image_vector_fields?: string[];
}

interface SourceParameters {
  authentication: DataSourceAuthentication;
  top_n_documents?: number;
  max_search_queries?: number;
  /** Default false. */
  allow_partial_result?: boolean;
  in_scope?: boolean;
  /** 1 to 5. */
  strictness?: number;
  include_contexts?: ("citations" | "intent" | "all_retrieved_documents")[];
  embedding_dependency?: EmbeddingDependency;
}

interface EmbeddedParameters extends SourceParameters {
  fields_mapping: DataSourceFields;
  embedding_dependency: EmbeddingDependency;
  index_name: string;
}

/** A source; a chat takes one. */
export type DataSource =
  | {
      type: "azure_search";
      parameters: SourceParameters & {
        endpoint: string;
        index_name: string;
        fields_mapping?: DataSourceFields;
        query_type?: "simple" | "semantic" | "vector" | "vector_simple_hybrid" | "vector_semantic_hybrid";
        semantic_configuration?: string;
        filter?: string;
      };
    }
  | {
      type: "azure_cosmos_db";
      parameters: EmbeddedParameters & { database_name: string; container_name: string };
    }
  | {
      type: "elasticsearch";
      parameters: SourceParameters & {
        endpoint: string;
        index_name: string;
        fields_mapping?: DataSourceFields;
        query_type?: "simple" | "vector";
      };
    }
  | {
      type: "mongo_db";
      parameters: EmbeddedParameters & {
        endpoint: string;
        database_name: string;
        collection_name: string;
        app_name: string;
      };
    }
  | { type: "pinecone"; parameters: EmbeddedParameters & { environment: string } };

/** A passage that the answer cites. */
export interface Citation {
  content: string;
  title?: string | null;
  url?: string | null;
  filepath?: string | null;
  chunk_id?: string | null;
  rerank_score?: number;
}

/** A passage that was found, cited or not. */
export interface RetrievedDocument extends Citation {
  search_queries: string[];
  data_source_index: number;
  original_search_score?: number;
  filter_reason?: "score" | "rerank";
}

/** What the source added to a message; when streaming, to one of the first deltas. */
export interface MessageContext {
  citations?: Citation[];
  intent?: string;
  all_retrieved_documents?: RetrievedDocument[];
}
