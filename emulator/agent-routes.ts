// The rows of agents, threads, messages, runs and steps.

import * as agents from "./agents.ts";
import { AGENTS } from "./bases.ts";
import type { Operation } from "./routes.ts";
import * as runs from "./runs.ts";
import * as messages from "./thread-messages.ts";
import * as threads from "./threads.ts";

// biome-ignore format: a table
export const AGENT_OPERATIONS: readonly Operation[] = [
  { method: "POST", path: "/assistants", at: AGENTS, handle: agents.createAgent },
  { method: "GET", path: "/assistants", at: AGENTS, handle: agents.listAgents },
  { method: "GET", path: "/assistants/:id", at: AGENTS, handle: agents.getAgent },
  { method: "POST", path: "/assistants/:id", at: AGENTS, handle: agents.updateAgent },
  { method: "DELETE", path: "/assistants/:id", at: AGENTS, handle: agents.deleteAgent },
  { method: "POST", path: "/threads", at: AGENTS, handle: threads.createThread },
  { method: "GET", path: "/threads", at: AGENTS, handle: threads.listThreads },
  { method: "POST", path: "/threads/runs", at: AGENTS, handle: runs.createThreadAndRun },
  { method: "GET", path: "/threads/:thread", at: AGENTS, handle: threads.getThread },
  { method: "POST", path: "/threads/:thread", at: AGENTS, handle: threads.updateThread },
  { method: "DELETE", path: "/threads/:thread", at: AGENTS, handle: threads.deleteThread },
  { method: "POST", path: "/threads/:thread/messages", at: AGENTS, handle: messages.createMessage },
  { method: "GET", path: "/threads/:thread/messages", at: AGENTS, handle: messages.listMessages },
  { method: "GET", path: "/threads/:thread/messages/:id", at: AGENTS, handle: messages.getMessage },
  { method: "POST", path: "/threads/:thread/messages/:id", at: AGENTS, handle: messages.updateMessage },
  { method: "POST", path: "/threads/:thread/runs", at: AGENTS, handle: runs.createRun },
  { method: "GET", path: "/threads/:thread/runs", at: AGENTS, handle: runs.listRuns },
  { method: "GET", path: "/threads/:thread/runs/:run", at: AGENTS, handle: runs.getRun },
  { method: "POST", path: "/threads/:thread/runs/:run", at: AGENTS, handle: runs.updateRun },
  { method: "POST", path: "/threads/:thread/runs/:run/cancel", at: AGENTS, handle: runs.cancelRun },
  { method: "POST", path: "/threads/:thread/runs/:run/submit_tool_outputs", at: AGENTS, handle: runs.submitToolOutputs },
  { method: "GET", path: "/threads/:thread/runs/:run/steps", at: AGENTS, handle: runs.listSteps },
  { method: "GET", path: "/threads/:thread/runs/:run/steps/:id", at: AGENTS, handle: runs.getStep },
];
