package latchkey.interop;

import static latchkey.interop.Report.expect;
import static latchkey.interop.Report.needed;
import static latchkey.interop.Report.thrown;

import com.azure.ai.openai.OpenAIAsyncClient;
import com.azure.ai.openai.OpenAIClient;
import com.azure.ai.openai.OpenAIClientBuilder;
import com.azure.ai.openai.models.ChatChoice;
import com.azure.ai.openai.models.ChatCompletionStreamOptions;
import com.azure.ai.openai.models.ChatCompletions;
import com.azure.ai.openai.models.ChatCompletionsFunctionToolCall;
import com.azure.ai.openai.models.ChatCompletionsFunctionToolDefinition;
import com.azure.ai.openai.models.ChatCompletionsFunctionToolDefinitionFunction;
import com.azure.ai.openai.models.ChatCompletionsJsonSchemaResponseFormat;
import com.azure.ai.openai.models.ChatCompletionsJsonSchemaResponseFormatJsonSchema;
import com.azure.ai.openai.models.ChatCompletionsOptions;
import com.azure.ai.openai.models.ChatMessageImageContentItem;
import com.azure.ai.openai.models.ChatMessageImageUrl;
import com.azure.ai.openai.models.ChatMessageTextContentItem;
import com.azure.ai.openai.models.ChatRequestAssistantMessage;
import com.azure.ai.openai.models.ChatRequestMessage;
import com.azure.ai.openai.models.ChatRequestToolMessage;
import com.azure.ai.openai.models.ChatRequestUserMessage;
import com.azure.ai.openai.models.ChatResponseMessage;
import com.azure.ai.openai.models.CompletionsFinishReason;
import com.azure.ai.openai.models.Embeddings;
import com.azure.ai.openai.models.EmbeddingsOptions;
import com.azure.ai.openai.models.FileDetails;
import com.azure.ai.openai.models.FilePurpose;
import com.azure.ai.openai.models.OpenAIFile;
import com.azure.core.credential.AzureKeyCredential;
import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.exception.ResourceNotFoundException;
import com.azure.core.http.rest.RequestOptions;
import com.azure.core.util.BinaryData;
import com.azure.core.util.CoreUtils;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Maven's com.azure:azure-ai-openai as a caller. */
public final class Main {
    private static final String CHAT_MODEL = "gpt-5-mini";
    private static final String EMBEDDING_MODEL = "text-embedding-3-small";
    private static final String PACKAGE = "azure-ai-openai";

    private static final BinaryData CITY = BinaryData.fromObject(Map.of(
        "type", "object",
        "properties", Map.of("city", Map.of("type", "string")),
        "required", List.of("city"),
        "additionalProperties", false));
    private static final String PNG = "data:image/png;base64,"
        + "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    private static final String LONG_ANSWER = "Tell me about lighthouses in 5000 words. Mark ";
    // OpenAIServerSentEvents ends in Flux.cache(), which goes on reading when its last reader has left.
    private static final String ABORT_NOTE = "by the protocol method getChatCompletionsWithResponse: of the typed "
        + "stream the SDK reads all that comes, whoever cancels";

    private final OpenAIClient client = builder(needed("LATCHKEY_KEY")).buildClient();

    public static void main(String[] arguments) {
        Main main = new Main();
        Report row = new Report(PACKAGE, CoreUtils.getProperties(PACKAGE + ".properties").get("version"));
        row.check("chat", main::chat);
        row.check("stream", main::stream);
        row.check("tools", main::tools);
        row.check("embeddings", main::embeddings);
        row.check("files", main::files);
        row.check("error", main::error);
        row.check("abort", main::abort);
        row.absent("agents", "the package has none");
        // The SDK's threads would keep the program for a minute.
        System.exit(0);
    }

    private static OpenAIClientBuilder builder(String key) {
        return new OpenAIClientBuilder().endpoint(needed("LATCHKEY_TLS_URL")).credential(new AzureKeyCredential(key));
    }

    private static ChatCompletionsOptions ask(String question) {
        return new ChatCompletionsOptions(List.of(new ChatRequestUserMessage(question)));
    }

    private String chat() {
        ChatCompletions answer = client.getChatCompletions(CHAT_MODEL, ask("Hello"));
        ChatChoice choice = answer.getChoices().get(0);
        expect(!choice.getMessage().getContent().isEmpty(), "text");
        expect(choice.getFinishReason() == CompletionsFinishReason.STOPPED, "the reason for the end");
        expect(answer.getUsage().getCompletionTokens() > 0, "usage");

        ChatCompletionsJsonSchemaResponseFormat city = new ChatCompletionsJsonSchemaResponseFormat(
            new ChatCompletionsJsonSchemaResponseFormatJsonSchema("city").setStrict(true).setSchema(CITY));
        ChatCompletionsOptions structured = ask("Which city has the sky of Paris?");
        String text = content(structured.setResponseFormat(city));
        expect(text.equals("{\"city\":\"Paris\"}"), "an answer of the schema, not " + text);

        String seen = content(new ChatCompletionsOptions(List.of(new ChatRequestUserMessage(List.of(
            new ChatMessageTextContentItem("What is it?"),
            new ChatMessageImageContentItem(new ChatMessageImageUrl(PNG)))))));
        expect(seen.contains("1 image"), "an answer about the image, not " + seen);
        return "";
    }

    private String content(ChatCompletionsOptions options) {
        return client.getChatCompletions(CHAT_MODEL, options).getChoices().get(0).getMessage().getContent();
    }

    private String stream() {
        ChatCompletionStreamOptions withUsage = new ChatCompletionStreamOptions().setIncludeUsage(true);
        List<String> pieces = new ArrayList<>();
        List<CompletionsFinishReason> reasons = new ArrayList<>();
        List<Integer> usage = new ArrayList<>();
        for (ChatCompletions chunk : client.getChatCompletionsStream(CHAT_MODEL, ask("Hello"), withUsage)) {
            if (chunk.getUsage() != null) {
                usage.add(chunk.getUsage().getCompletionTokens());
            }
            for (ChatChoice choice : chunk.getChoices()) {
                if (choice.getDelta().getContent() != null && !choice.getDelta().getContent().isEmpty()) {
                    pieces.add(choice.getDelta().getContent());
                }
                if (choice.getFinishReason() != null) {
                    reasons.add(choice.getFinishReason());
                }
            }
        }
        expect(pieces.size() > 1, "several pieces of text");
        expect(reasons.equals(List.of(CompletionsFinishReason.STOPPED)), "the reason for the end, not " + reasons);
        expect(usage.size() == 1 && usage.get(0) > 0, "usage once, not " + usage);
        return "";
    }

    private String tools() {
        ChatCompletionsFunctionToolDefinition weather = new ChatCompletionsFunctionToolDefinition(
            new ChatCompletionsFunctionToolDefinitionFunction("get_weather")
                .setDescription("The weather of a city.")
                .setParameters(CITY));
        List<ChatRequestMessage> messages = new ArrayList<>();
        messages.add(new ChatRequestUserMessage("What is the weather in Paris?"));
        ChatCompletionsOptions options = new ChatCompletionsOptions(messages).setTools(List.of(weather));

        ChatChoice asked = client.getChatCompletions(CHAT_MODEL, options).getChoices().get(0);
        expect(asked.getFinishReason() == CompletionsFinishReason.TOOL_CALLS, "the reason tool_calls");
        ChatResponseMessage message = asked.getMessage();
        ChatCompletionsFunctionToolCall call = (ChatCompletionsFunctionToolCall) message.getToolCalls().get(0);
        expect(call.getFunction().getName().equals("get_weather"), "get_weather");
        Map<?, ?> given = BinaryData.fromString(call.getFunction().getArguments()).toObject(Map.class);
        expect("Paris".equals(given.get("city")), "Paris, not " + given);

        // The SDK's own sample: the call goes back with an empty text.
        messages.add(new ChatRequestAssistantMessage("").setToolCalls(message.getToolCalls()));
        messages.add(new ChatRequestToolMessage("{\"sky\":\"magenta\"}", call.getId()));
        ChatChoice told = client.getChatCompletions(CHAT_MODEL, options).getChoices().get(0);
        expect(told.getMessage().getContent().contains("magenta"), "an answer made of the result");
        return "";
    }

    private String embeddings() {
        EmbeddingsOptions options = new EmbeddingsOptions(List.of("one", "two"));
        Embeddings made = client.getEmbeddings(EMBEDDING_MODEL, options);
        boolean whole = made.getData().stream().allMatch(one -> one.getEmbedding().size() == 1536);
        expect(whole && made.getData().size() == 2, "two vectors of 1536 numbers");
        expect(made.getUsage().getPromptTokens() > 0, "usage");
        return "";
    }

    private String files() {
        byte[] content = "{\"greeting\":\"hello\"}\n".getBytes(StandardCharsets.UTF_8);
        FileDetails details = new FileDetails(BinaryData.fromBytes(content), "greeting.jsonl");
        OpenAIFile made = client.uploadFile(details, FilePurpose.FINE_TUNE);
        expect(made.getFilename().equals("greeting.jsonl") && made.getBytes() == content.length, "name and size");
        expect(client.getFile(made.getId()).getId().equals(made.getId()), "the file by its id");
        boolean listed = client.listFiles().stream().anyMatch(one -> one.getId().equals(made.getId()));
        expect(listed, "the file in the list");
        expect(Arrays.equals(client.getFileContent(made.getId()), content), "its content");
        expect(client.deleteFile(made.getId()).isDeleted(), "deleted");
        thrown(ResourceNotFoundException.class, () -> client.getFile(made.getId()).getId());
        return "";
    }

    private String error() {
        ResourceNotFoundException unknown = thrown(ResourceNotFoundException.class,
            () -> client.getChatCompletions("no-such-model", ask("Hello")).getId());
        expect(unknown.getResponse().getStatusCode() == 404, "404");
        expect(unknown.getMessage().contains("DeploymentNotFound"), "DeploymentNotFound in: " + unknown.getMessage());
        OpenAIClient stranger = builder("test-key").buildClient();
        ClientAuthenticationException refused = thrown(ClientAuthenticationException.class,
            () -> stranger.getChatCompletions(CHAT_MODEL, ask("Hello")).getId());
        expect(refused.getResponse().getStatusCode() == 401, "401");
        HttpResponseException wrong = thrown(HttpResponseException.class,
            () -> client.getChatCompletions(CHAT_MODEL, ask("Hello").setTemperature(9.0)).getId());
        expect(wrong.getResponse().getStatusCode() == 400, "400");
        return "ResourceNotFoundException 404, ClientAuthenticationException 401, HttpResponseException 400";
    }

    private String abort() throws Exception {
        OpenAIAsyncClient reactive = builder(needed("LATCHKEY_KEY")).buildAsyncClient();
        String mark = UUID.randomUUID().toString();
        Map<String, Object> question = Map.of(
            "stream", true,
            "messages", List.of(Map.of("role", "user", "content", LONG_ANSWER + mark)));
        // blockFirst leaves the stream behind the first piece.
        ByteBuffer first = reactive
            .getChatCompletionsWithResponse(CHAT_MODEL, BinaryData.fromObject(question), new RequestOptions())
            .flatMapMany(response -> response.getValue().toFluxByteBuffer())
            .blockFirst(Duration.ofSeconds(30));
        expect(first != null && first.hasRemaining(), "a first piece");
        Truth.expectUpstreamClosed(mark);
        return ABORT_NOTE;
    }
}
