import type { ProxyCandidate } from "../candidate.ts";

export default {
  name: "workerd, TransformStream in JavaScript",
  worker: "transform",
  brief: true,
} satisfies ProxyCandidate;
