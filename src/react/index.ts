/** Entry point `latchkey/react`: a conversation as a React hook. Needs React 18 or later. */
export { type ChatActions, type ChatOptions, type ChatStore, createChat } from "./chat.ts";
export { type ChatState, type ChatStatus, mayContinue } from "./chat-machine.ts";
export { requestOf } from "./conversation-request.ts";
export {
  createFrameBatch,
  type Delta,
  type FrameBatch,
  type FrameScheduler,
  nextFrame,
} from "./frame-batch.ts";
export type * from "./message.ts";
export type { ChatClient } from "./read-answer.ts";
export { emptyTree, mergeTrees, pathOf, soundTree, usageOf } from "./tree.ts";
export { type Chat, useChat } from "./use-chat.ts";
