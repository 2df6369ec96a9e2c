/** Messages of a thread, in the wire's form, whole and as deltas. */
import type { AgentListParams, Metadata } from "./agent-types.ts";
import type { VectorStoreDataSource } from "./tool-types.ts";

export interface MessageAttachment {
  file_id?: string;
  data_source?: VectorStoreDataSource;
  /** Which tools may see it. */
  tools: { type: "code_interpreter" | "file_search" }[];
}

type ImageDetail = "auto" | "low" | "high";
/** One part of what is said; only today's service takes parts, that of the connection-string era text alone. */
export type MessageInputBlock =
  | { type: "text"; text: string }
  | { type: "image_file"; image_file: { file_id: string; detail?: ImageDetail } }
  | { type: "image_url"; image_url: { url: string; detail?: ImageDetail } };

export interface MessageCreateParams {
  role: "user" | "assistant";
  content: string | MessageInputBlock[];
  attachments?: MessageAttachment[] | null;
  metadata?: Metadata | null;
}

export interface MessageUpdateParams {
  metadata?: Metadata | null;
}

export interface MessageListParams extends AgentListParams {
  /** Only what this run wrote. */
  run_id?: string;
}

interface AnnotationPlace {
  /** The text that stands for the source, as `【4:0†source】`. */
  text: string;
  start_index?: number;
  end_index?: number;
}
/** A passage of a file that was searched. */
export interface FileCitationAnnotation extends AnnotationPlace {
  type: "file_citation";
  file_citation: { file_id: string; quote?: string };
}
/** A file that the code interpreter wrote. */
export interface FilePathAnnotation extends AnnotationPlace {
  type: "file_path";
  file_path: { file_id: string };
}
/** A page of the web. */
export interface UrlCitationAnnotation extends AnnotationPlace {
  type: "url_citation";
  url_citation: { url: string; title?: string };
}
export type MessageAnnotation = FileCitationAnnotation | FilePathAnnotation | UrlCitationAnnotation;

export interface MessageTextContent {
  type: "text";
  text: { value: string; annotations: MessageAnnotation[] };
}
export interface MessageImageContent {
  type: "image_file";
  image_file: { file_id: string; detail?: string };
}
export interface MessageImageUrlContent {
  type: "image_url";
  image_url: { url: string; detail?: string };
}
export type MessageContent = MessageTextContent | MessageImageContent | MessageImageUrlContent;

export interface ThreadMessage {
  id: string;
  object: "thread.message";
  created_at: number;
  thread_id: string;
  status?: "in_progress" | "incomplete" | "completed";
  incomplete_details?: {
    reason: "content_filter" | "max_tokens" | "run_cancelled" | "run_failed" | "run_expired";
  } | null;
  completed_at?: number | null;
  incomplete_at?: number | null;
  role: "user" | "assistant";
  content: MessageContent[];
  assistant_id: string | null;
  run_id: string | null;
  attachments?: MessageAttachment[] | null;
  metadata: Metadata | null;
}

/** An annotation as it streams: any member may be missing yet. */
export interface MessageDeltaAnnotation {
  index: number;
  type: MessageAnnotation["type"];
  text?: string;
  start_index?: number;
  end_index?: number;
  file_citation?: { file_id?: string; quote?: string };
  file_path?: { file_id?: string };
  url_citation?: { url?: string; title?: string };
}
export type MessageDeltaContent =
  | { index: number; type: "text"; text?: { value?: string; annotations?: MessageDeltaAnnotation[] } }
  | { index: number; type: "image_file"; image_file?: { file_id?: string } };

/** What is added to a message. */
export interface MessageDeltaChunk {
  /** The message's. */
  id: string;
  object: "thread.message.delta";
  delta: { role?: "user" | "assistant"; content?: MessageDeltaContent[] };
}
