/** Agents and threads, in the wire's form. */
import type { CursorPageParams } from "../http/list.ts";
import type { MessageCreateParams } from "./message-types.ts";
import type { ToolDefinition, ToolResources } from "./tool-types.ts";

/** Up to 16 pairs; keys of 64 and values of 512 characters at most. */
export type Metadata = Record<string, string>;

export type ResponseFormat =
  | "auto"
  | "none"
  | { type: "text" | "json_object" }
  | {
      type: "json_schema";
      json_schema: { name: string; description?: string; schema: unknown; strict?: boolean };
    };

/** What every list of this service may be asked for. `limit` is 1 to 100, 20 by default of the service. */
export interface AgentListParams extends CursorPageParams {
  /** By date of creation. Default of the service: `"desc"`. */
  order?: "asc" | "desc";
  /** Ends before the item with this id. */
  before?: string;
}

/** Members that creating and changing an agent share. `null` stands for none. */
export interface AgentUpdateParams {
  model?: string;
  name?: string | null;
  description?: string | null;
  instructions?: string | null;
  tools?: ToolDefinition[];
  tool_resources?: ToolResources | null;
  /** 0 to 2. */
  temperature?: number | null;
  top_p?: number | null;
  response_format?: ResponseFormat | null;
  metadata?: Metadata | null;
}

export interface AgentCreateParams extends AgentUpdateParams {
  /** The deployment of the model that answers. */
  model: string;
}

export interface Agent {
  id: string;
  object: "assistant";
  created_at: number;
  name: string | null;
  description: string | null;
  model: string;
  instructions: string | null;
  tools: ToolDefinition[];
  tool_resources: ToolResources | null;
  temperature: number | null;
  top_p: number | null;
  response_format?: ResponseFormat | null;
  metadata: Metadata | null;
}

export interface ThreadUpdateParams {
  tool_resources?: ToolResources | null;
  metadata?: Metadata | null;
}

export interface ThreadCreateParams extends ThreadUpdateParams {
  messages?: MessageCreateParams[];
}

export interface AgentThread {
  id: string;
  object: "thread";
  created_at: number;
  tool_resources: ToolResources | null;
  metadata: Metadata | null;
}

/** The answer to a deletion. */
export interface Deletion {
  id: string;
  object: string;
  deleted: boolean;
}
