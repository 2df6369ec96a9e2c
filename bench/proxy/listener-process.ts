/** A candidate that is a listener, in a process of its own. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { loadCandidates } from "../peers.ts";
import type { ProxyCandidate } from "./candidate.ts";

const [wanted, upstream] = process.argv.slice(2);
const { candidates } = await loadCandidates<ProxyCandidate>("proxy");
const candidate = candidates.find(({ name }) => name === wanted)!;
const server = createServer(candidate.listener!(upstream!));
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => process.send!({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit());
