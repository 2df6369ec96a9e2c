import type { ProxyCandidate } from "../candidate.ts";

export default { name: "workerd, native pipe", worker: "pipe", brief: true } satisfies ProxyCandidate;
