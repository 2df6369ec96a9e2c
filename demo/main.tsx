// Starts the page. Where the worker is comes from the build (VITE_LATCHKEY_URL) or is the page's own origin.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { connect } from "./connection.ts";

const root = document.getElementById("page");
if (!root) throw new Error("index.html has no element with the id page");

const workerUrl = import.meta.env.VITE_LATCHKEY_URL || location.origin;

createRoot(root).render(
  <StrictMode>
    <App connection={connect(workerUrl)} />
  </StrictMode>,
);
