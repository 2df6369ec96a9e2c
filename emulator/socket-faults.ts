// Faults that need a socket: index.ts notes them beside the Response, serve.ts looks them up and does them. In process
// nobody looks, and the answer is what the scenario's writer made of it.

import type { SocketFault } from "./scenario.ts";

export const socketFaults: WeakMap<Response, SocketFault> = /* @__PURE__ */ new WeakMap();
