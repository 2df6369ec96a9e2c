package latchkey.interop;

import com.azure.core.util.BinaryData;
import java.util.LinkedHashMap;
import java.util.Map;

/** The column of one SDK in the table: one line of JSON per check on stdout, as interop/README.md describes. */
final class Report {
    private static final int MAX_NOTE = 400;

    private final String client;
    private final String version;

    Report(String client, String version) {
        this.client = client;
        this.version = version;
    }

    /** A check: passes unless it throws, and what it returns becomes the note. */
    interface Check {
        String run() throws Exception;
    }

    /** What came is not what was expected. */
    static final class Unexpected extends RuntimeException {
        Unexpected(String what) {
            super(what);
        }
    }

    static void expect(boolean holds, String what) {
        if (!holds) {
            throw new Unexpected(what);
        }
    }

    /** The error of a call that must fail with exactly this class. */
    static <T extends Exception> T thrown(Class<T> type, Check call) {
        try {
            call.run();
        } catch (Exception error) {
            expect(error.getClass() == type, type.getSimpleName() + " expected, came: " + error);
            return type.cast(error);
        }
        throw new Unexpected(type.getSimpleName() + " expected, the call succeeded");
    }

    static String needed(String name) {
        String value = System.getenv(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalStateException(name + " is not set: interop/run.mjs sets it");
        }
        return value;
    }

    void check(String name, Check check) {
        try {
            print(name, "pass", check.run());
        } catch (Exception | LinkageError error) { // whatever an SDK throws is a result
            String note = String.valueOf(error).replaceAll("\\s+", " ");
            print(name, "fail", note.substring(0, Math.min(note.length(), MAX_NOTE)));
        }
    }

    void absent(String name, String why) {
        print(name, "absent", why);
    }

    private void print(String check, String result, String note) {
        Map<String, String> line = new LinkedHashMap<>();
        line.put("client", client);
        line.put("version", version);
        line.put("language", "Java");
        line.put("check", check);
        line.put("result", result);
        line.put("note", note);
        System.out.println(BinaryData.fromObject(line));
    }
}
