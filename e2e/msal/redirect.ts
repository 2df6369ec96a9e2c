// The page that an authority sends people back to: it gives the answer to the page that asked.
import { broadcastResponseToMainFrame } from "@azure/msal-browser/redirect-bridge";

broadcastResponseToMainFrame().catch((error) => {
  document.body.textContent = String(error);
});
