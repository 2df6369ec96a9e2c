/** What is in a message: its text, citations and images. Pure functions, for a bundler leaves out those that aren't used. */
import type {
  FileCitationAnnotation,
  FilePathAnnotation,
  MessageAnnotation,
  MessageDeltaChunk,
  MessageImageContent,
  MessageTextContent,
  ThreadMessage,
  UrlCitationAnnotation,
} from "./message-types.ts";

/** The whole text of a message; `""` when it has none. Paragraphs that came as parts of their own are joined by a newline. */
export function messageText(message: ThreadMessage): string {
  return textsOf(message)
    .map(({ value }) => value)
    .join("\n");
}

/** The annotations of a message in the order of its text. */
export function messageAnnotations(message: ThreadMessage): MessageAnnotation[] {
  return textsOf(message).flatMap(({ annotations }) => annotations ?? []);
}

/** Passages of files that a message cites. */
export function fileCitations(message: ThreadMessage): FileCitationAnnotation[] {
  return annotationsOf(message, "file_citation");
}

/** Files that the code interpreter wrote for a message; `getFileContent` has what is in them. */
export function filePaths(message: ThreadMessage): FilePathAnnotation[] {
  return annotationsOf(message, "file_path");
}

/** Pages of the web that a message cites. */
export function urlCitations(message: ThreadMessage): UrlCitationAnnotation[] {
  return annotationsOf(message, "url_citation");
}

/** The images of a message that are files; `getFileContent` has what is in them. */
export function messageImages(message: ThreadMessage): MessageImageContent[] {
  return contentOf(message).filter((part) => part.type === "image_file");
}

/**
 * The newest message of a role, in a list of either order. Dates are whole seconds: among those of one second the list's
 * order decides, and it's taken to be newest first, as the service's is by default, unless its dates say otherwise.
 *
 * @example
 * ```ts
 * import { AgentsClient, lastMessageByRole, messageText } from "latchkey/projects";
 *
 * const agents = new AgentsClient("https://example.services.ai.azure.com/api/projects/p", async () => "a token");
 * const { data } = await agents.listMessages("thread_1");
 * const answer = lastMessageByRole(data, "assistant");
 * if (answer) console.log(messageText(answer));
 * ```
 */
export function lastMessageByRole(
  messages: Iterable<ThreadMessage>,
  role: ThreadMessage["role"],
): ThreadMessage | undefined {
  const list = [...messages];
  const ascending = list.length > 0 && list[0]!.created_at < list.at(-1)!.created_at;
  let last: ThreadMessage | undefined;
  for (const message of ascending ? list.reverse() : list) {
    if (message.role === role && !(last && last.created_at >= message.created_at)) last = message;
  }
  return last;
}

/** The text that a delta adds to its message; `""` when it adds something else. */
export function textOfDelta({ delta }: MessageDeltaChunk): string {
  let text = "";
  for (const part of Array.isArray(delta?.content) ? delta.content : [])
    if (part?.type === "text") text += part.text?.value ?? "";
  return text;
}

function contentOf({ content }: ThreadMessage): ThreadMessage["content"] {
  return Array.isArray(content) ? content : [];
}

function textsOf(message: ThreadMessage): MessageTextContent["text"][] {
  return contentOf(message).flatMap((part) => (part.type === "text" && part.text ? [part.text] : []));
}

function annotationsOf<T extends MessageAnnotation>(message: ThreadMessage, type: T["type"]): T[] {
  return messageAnnotations(message).filter((annotation): annotation is T => annotation.type === type);
}
