"""The checks of a client of the package `openai`, whoever made it: OpenAI, AzureOpenAI, or a project."""

import json

import openai
from pydantic import BaseModel

from report import (
    CHAT_MODEL,
    EMBEDDING_MODEL,
    UNKNOWN_MODEL,
    Client,
    expect,
    expect_upstream_closed,
    long_question,
    raised,
)

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PDF = "JVBERi0xLjQK"
QUESTION_WITH_FILES = [
    {"type": "text", "text": "What is it?"},
    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "low"}},
    {"type": "file", "file": {"filename": "it.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}},
]


class City(BaseModel):
    city: str


def check_surface(
    row: Client, client: openai.OpenAI, stranger: openai.OpenAI, unknown_code: str = "model_not_found"
) -> None:
    """All checks but agents. `stranger` is the same client with a key that nobody gave out."""
    row.check("chat", lambda: chat(client))
    row.check("stream", lambda: stream(client))
    row.check("tools", lambda: tools(client))
    row.check("embeddings", lambda: embeddings(client))
    row.check("files", lambda: files(client))
    row.check("error", lambda: errors(client, stranger, unknown_code))
    row.check("abort", lambda: abort(client))


def chat(client: openai.OpenAI) -> str:
    answer = client.chat.completions.create(model=CHAT_MODEL, messages=[{"role": "user", "content": "Hello"}])
    expect(answer.choices[0].message.content, "text")
    expect(answer.choices[0].finish_reason == "stop", "the reason for the end")
    expect(answer.usage and answer.usage.completion_tokens > 0, "usage")
    structured = client.chat.completions.parse(
        model=CHAT_MODEL,
        messages=[{"role": "user", "content": "Which city has the sky of Paris?"}],
        response_format=City,
    )
    expect(structured.choices[0].message.parsed == City(city="Paris"), "an answer of the SDK's own type")
    client.chat.completions.create(
        model=CHAT_MODEL, messages=[{"role": "user", "content": QUESTION_WITH_FILES}]
    )
    response = client.responses.create(model=CHAT_MODEL, input="Hello")
    expect(response.status == "completed" and response.output_text, "a response with text")
    return "chat completions and responses"


def stream(client: openai.OpenAI) -> str:
    pieces, reason, usage = [], None, None
    for chunk in client.chat.completions.create(
        model=CHAT_MODEL,
        messages=[{"role": "user", "content": "Hello"}],
        stream=True,
        stream_options={"include_usage": True},
    ):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            pieces.append(choice.delta.content or "")
            reason = choice.finish_reason or reason
    expect(len([piece for piece in pieces if piece]) > 1, "several pieces of text")
    expect(reason == "stop" and usage and usage.completion_tokens > 0, "reason and usage at the end")
    with client.responses.stream(model=CHAT_MODEL, input="Hello") as events:
        deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
        final = events.get_final_response()
    expect(len(deltas) > 1 and final.output_text == "".join(deltas), "a response in pieces")
    return "chat completions and responses"


def tools(client: openai.OpenAI) -> None:
    messages: list = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked = client.chat.completions.create(model=CHAT_MODEL, messages=messages, tools=[WEATHER])
    (call,) = asked.choices[0].message.tool_calls or []
    expect(asked.choices[0].finish_reason == "tool_calls", "the reason tool_calls")
    city = json.loads(call.function.arguments)["city"]
    expect(call.function.name == "get_weather" and city == "Paris", "get_weather of Paris")
    messages.append(asked.choices[0].message)
    messages.append({"role": "tool", "tool_call_id": call.id, "content": '{"sky":"magenta"}'})
    told = client.chat.completions.create(model=CHAT_MODEL, messages=messages, tools=[WEATHER])
    expect("magenta" in (told.choices[0].message.content or ""), "an answer made of the result")
    with client.chat.completions.stream(model=CHAT_MODEL, messages=messages[:1], tools=[WEATHER]) as events:
        streamed = events.get_final_completion()
    (call,) = streamed.choices[0].message.tool_calls or []
    expect(json.loads(call.function.arguments)["city"] == "Paris", "the same call from a stream")


def embeddings(client: openai.OpenAI) -> None:
    # Without encoding_format the SDK asks for base64 and decodes it.
    made = client.embeddings.create(model=EMBEDDING_MODEL, input=["one", "two"])
    expect([len(one.embedding) for one in made.data] == [1536, 1536], "two vectors of 1536 numbers")
    floats = client.embeddings.create(model=EMBEDDING_MODEL, input="one", encoding_format="float")
    apart = max(abs(a - b) for a, b in zip(floats.data[0].embedding, made.data[0].embedding))
    expect(apart < 1e-6, "the same vector in both encodings")


def files(client: openai.OpenAI) -> None:
    content = b'{"greeting":"hello"}\n'
    made = client.files.create(file=("greeting.jsonl", content), purpose="fine-tune")
    expect(made.bytes == len(content) and made.filename == "greeting.jsonl", "name and size")
    expect(client.files.retrieve(made.id).id == made.id, "the file by its id")
    expect(made.id in [one.id for one in client.files.list()], "the file in the list")
    expect(client.files.content(made.id).read() == content, "its content")
    expect(client.files.delete(made.id).deleted, "deleted")
    raised(openai.NotFoundError, lambda: client.files.retrieve(made.id))


def assistants(project: openai.OpenAI) -> str:
    """The assistants that the package still has, at the address of a project."""
    helper = project.beta.assistants.create(model=CHAT_MODEL, name="helper", instructions="Be kind.")
    expect(helper.id in [one.id for one in project.beta.assistants.list()], "the assistant in the list")
    thread = project.beta.threads.create(messages=[{"role": "user", "content": "Hello"}])
    run = project.beta.threads.runs.create_and_poll(
        thread_id=thread.id, assistant_id=helper.id, poll_interval_ms=50
    )
    expect(
        run.status == "completed" and run.usage and run.usage.completion_tokens > 0, "a run with its usage"
    )
    with project.beta.threads.runs.stream(thread_id=thread.id, assistant_id=helper.id) as events:
        pieces = list(events.text_deltas)
        told = events.get_final_messages()[0].content[0].text.value
    expect(len(pieces) > 1 and "".join(pieces) == told, "a run in pieces")
    roles = [message.role for message in project.beta.threads.messages.list(thread.id)]
    expect(roles == ["assistant", "assistant", "user"], f"both answers, not {roles}")
    project.beta.threads.delete(thread.id)
    expect(project.beta.assistants.delete(helper.id).deleted, "deleted")
    raised(openai.NotFoundError, lambda: project.beta.assistants.retrieve(helper.id))
    return "assistants and threads, with the address of the project as the base URL"


def errors(client: openai.OpenAI, stranger: openai.OpenAI, unknown_code: str) -> str:
    hello: list = [{"role": "user", "content": "Hello"}]
    unknown = raised(
        openai.NotFoundError,
        lambda: client.chat.completions.create(model=UNKNOWN_MODEL, messages=hello),
    )
    expect(unknown.status_code == 404 and unknown.code == unknown_code, f"404 {unknown_code}, not {unknown}")
    refused = raised(
        openai.AuthenticationError,
        lambda: stranger.chat.completions.create(model=CHAT_MODEL, messages=hello),
    )
    wrong = raised(
        openai.BadRequestError,
        lambda: client.chat.completions.create(model=CHAT_MODEL, messages=hello, temperature=9),
    )
    ids = [error.request_id for error in (unknown, refused, wrong)]
    expect(all(ids), "a request id on each")
    return "NotFoundError 404, AuthenticationError 401, BadRequestError 400"


def abort(client: openai.OpenAI) -> None:
    question, mark = long_question()
    chunks = client.chat.completions.create(
        model=CHAT_MODEL, messages=[{"role": "user", "content": question}], stream=True
    )
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            break
    chunks.close()
    expect_upstream_closed(mark)
