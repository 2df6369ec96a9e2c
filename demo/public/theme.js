// Applies a remembered theme before the first paint. theme.ts writes what this reads.
try {
  const theme = localStorage.getItem("latchkey-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage can be forbidden; then the system's theme applies.
}
