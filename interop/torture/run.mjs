// `npm run torture`: 30 and more faults of streams and transports, for our clients and the others side by side.
// Prints the table and compares it with docs/torture.md.
//   node interop/torture/run.mjs [--only ours|<column>] [--scenario <id>] [--write] [--real-time] [--verbose]
if (Number.parseInt(process.versions.node, 10) < 24) {
  console.error(
    `This needs Node 24 (here: ${process.version}). npm run torture uses the one that is installed.`,
  );
  process.exit(1);
}
const { torture } = await import("./torture.ts");
try {
  process.exitCode = await torture(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
