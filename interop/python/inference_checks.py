"""PyPI `azure-ai-inference`: the clients of the model inference API."""

import json

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient
from azure.ai.inference.models import (
    AssistantMessage,
    ChatCompletionsToolDefinition,
    FunctionDefinition,
    ImageContentItem,
    ImageUrl,
    JsonSchemaFormat,
    TextContentItem,
    ToolMessage,
    UserMessage,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

from report import (
    CHAT_MODEL,
    EMBEDDING_MODEL,
    KEY,
    TLS_URL,
    UNKNOWN_MODEL,
    Client,
    expect,
    expect_upstream_closed,
    long_question,
    raised,
)

ENDPOINT = f"{TLS_URL}/models"
HELLO = [UserMessage("Hello")]
WEATHER = ChatCompletionsToolDefinition(
    function=FunctionDefinition(
        name="get_weather",
        description="The weather of a city.",
        parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    )
)
CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
PNG = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

client = ChatCompletionsClient(ENDPOINT, AzureKeyCredential(KEY))


def chat() -> None:
    answer = client.complete(model=CHAT_MODEL, messages=HELLO)
    expect(answer.choices[0].message.content, "text")
    expect(answer.choices[0].finish_reason == "stop", "the reason for the end")
    expect(answer.usage.completion_tokens > 0, "usage")
    structured = client.complete(
        model=CHAT_MODEL,
        messages=[UserMessage("Which city has the sky of Paris?")],
        response_format=JsonSchemaFormat(name="city", schema=CITY, strict=True),
    )
    expect(json.loads(structured.choices[0].message.content) == {"city": "Paris"}, "an answer of the schema")
    seen = client.complete(
        model=CHAT_MODEL,
        messages=[
            UserMessage([TextContentItem(text="What is it?"), ImageContentItem(image_url=ImageUrl(url=PNG))])
        ],
    )
    expect("1 image" in seen.choices[0].message.content, "an answer about the image")
    expect(client.get_model_info().model_name == CHAT_MODEL, "what the endpoint says of its model")


def stream() -> None:
    pieces, reason = [], None
    for update in client.complete(model=CHAT_MODEL, messages=HELLO, stream=True):
        for choice in update.choices:
            pieces.append(choice.delta.content or "")
            reason = choice.finish_reason or reason
    expect(len([piece for piece in pieces if piece]) > 1, "several pieces of text")
    expect(reason == "stop", "the reason for the end")


def tools() -> None:
    messages: list = [UserMessage("What is the weather in Paris?")]
    asked = client.complete(model=CHAT_MODEL, messages=messages, tools=[WEATHER])
    (call,) = asked.choices[0].message.tool_calls or []
    expect(asked.choices[0].finish_reason == "tool_calls", "the reason tool_calls")
    expect(call.function.name == "get_weather", "get_weather")
    expect(json.loads(call.function.arguments)["city"] == "Paris", "of Paris")
    messages.append(AssistantMessage(tool_calls=[call]))
    messages.append(ToolMessage('{"sky":"magenta"}', tool_call_id=call.id))
    told = client.complete(model=CHAT_MODEL, messages=messages, tools=[WEATHER])
    expect("magenta" in told.choices[0].message.content, "an answer made of the result")


def embeddings() -> None:
    embedder = EmbeddingsClient(ENDPOINT, AzureKeyCredential(KEY))
    made = embedder.embed(model=EMBEDDING_MODEL, input=["one", "two"])
    expect([len(one.embedding) for one in made.data] == [1536, 1536], "two vectors of 1536 numbers")
    expect(made.usage.prompt_tokens > 0, "usage")
    small = embedder.embed(model=EMBEDDING_MODEL, input=["one"], dimensions=8, encoding_format="base64")
    expect(isinstance(small.data[0].embedding, str), "base64 as it was asked for")


def errors() -> str:
    unknown = raised(ResourceNotFoundError, lambda: client.complete(model=UNKNOWN_MODEL, messages=HELLO))
    code = getattr(unknown.error, "code", None)
    expect(unknown.status_code == 404 and code == "unknown_model", f"404 unknown_model, not {code}")
    stranger = ChatCompletionsClient(ENDPOINT, AzureKeyCredential("test-key"))
    refused = raised(ClientAuthenticationError, lambda: stranger.complete(model=CHAT_MODEL, messages=HELLO))
    expect(refused.status_code == 401, "401")
    wrong = raised(
        HttpResponseError, lambda: client.complete(model=CHAT_MODEL, messages=HELLO, temperature=9)
    )
    return f"ResourceNotFoundError 404, ClientAuthenticationError 401, HttpResponseError {wrong.status_code}"


def abort() -> None:
    question, mark = long_question()
    updates = client.complete(model=CHAT_MODEL, messages=[UserMessage(question)], stream=True)
    for update in updates:
        if update.choices and update.choices[0].delta.content:
            break
    updates.close()
    expect_upstream_closed(mark)


row = Client("azure-ai-inference", "azure-ai-inference")
for name, run in {
    "chat": chat,
    "stream": stream,
    "tools": tools,
    "embeddings": embeddings,
    "error": errors,
    "abort": abort,
}.items():
    row.check(name, run)
row.absent("files", "the API has no files")
row.absent("agents", "the API has no agents")
