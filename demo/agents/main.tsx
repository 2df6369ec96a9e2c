// Starts the agents room. Where the worker is comes from the build, as for the chat.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { connect } from "../connection.ts";
import { createAgentService } from "./agent-service.ts";
import { Room } from "./room.tsx";

const root = document.getElementById("page");
if (!root) throw new Error("agents.html has no element with the id page");

const connection = connect(import.meta.env.VITE_LATCHKEY_URL || location.origin);
const service = createAgentService(connection);

createRoot(root).render(
  <StrictMode>
    <Room connection={connection} service={service} />
  </StrictMode>,
);
