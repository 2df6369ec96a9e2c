// What is only needed once there is a message: the chat client, its errors in words, the rendering of answers.
// Loading starts when somebody is about to send, so that the first load stays small and the first answer does not wait.
export const loadLibrary = () => import("./conversations/library.ts");
export const loadSidebar = () => import("./conversations/sidebar.tsx");
export const loadLiveConversation = () => import("./conversations/live-conversation.tsx");

export function loadLaterParts(): void {
  // A failure to load shows where the part is used.
  void Promise.allSettled([loadLibrary(), loadLiveConversation()]);
}
