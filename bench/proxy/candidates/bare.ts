import type { ProxyCandidate } from "../candidate.ts";

export default { name: "workerd, bare pass-through", worker: "bare" } satisfies ProxyCandidate;
