// Starts the agents room.
import type { Connection } from "../connection.ts";
import { startPage } from "../start-page.tsx";
import { type AgentService, createAgentService } from "./agent-service.ts";
import { Room } from "./room.tsx";

let made = { connection: {} as Connection, service: {} as AgentService, number: 0 };

void startPage((connection) => {
  // Threads are of whoever made them: another person begins anew.
  if (made.connection !== connection) {
    made = { connection, service: createAgentService(connection), number: made.number + 1 };
  }
  return <Room key={made.number} connection={connection} service={made.service} />;
});
