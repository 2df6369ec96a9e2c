package latchkey.interop;

import com.azure.core.util.BinaryData;
import com.azure.core.util.serializer.TypeReference;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What the emulator says really happened. */
final class Truth {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private Truth() {}

    /** Waits until the reader of the stream with this mark in its request has left. */
    static void expectUpstreamClosed(String mark) throws IOException, InterruptedException {
        Instant deadline = Instant.now().plus(PATIENCE);
        List<Object> outcomes = List.of();
        while (Instant.now().isBefore(deadline)) {
            Set<Object> marked = read("requests").stream()
                .filter(one -> String.valueOf(one.get("body")).contains(mark))
                .map(one -> one.get("id"))
                .collect(Collectors.toSet());
            outcomes = read("ledger").stream()
                .filter(one -> marked.contains(one.get("requestId")) && Boolean.TRUE.equals(one.get("stream")))
                .map(one -> one.get("outcome"))
                .toList();
            if (outcomes.equals(List.of("cancelled"))) {
                return;
            }
            Thread.sleep(100);
        }
        throw new Report.Unexpected("the service's stream was to be cancelled, but is " + outcomes);
    }

    private static List<Map<String, Object>> read(String name) throws IOException, InterruptedException {
        URI address = URI.create(Report.needed("TRUTH") + "/_emulator/" + name);
        HttpRequest request = HttpRequest.newBuilder(address).build();
        String text = HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
        return BinaryData.fromString(text).toObject(new TypeReference<List<Map<String, Object>>>() {});
    }
}
