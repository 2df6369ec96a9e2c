import type { ProxyCandidate } from "../candidate.ts";

export default {
  name: "workerd, tee read chunk by chunk",
  worker: "tee",
  brief: true,
} satisfies ProxyCandidate;
