"""The checks of agents with threads and runs: what azure-ai-agents and azure-ai-projects 1.0.0b10 have in common.

The two packages name things alike but for the places of the methods, which `Names` holds.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

from report import CHAT_MODEL, UNKNOWN_MODEL, Client, expect, expect_upstream_closed, long_question, raised


@dataclass(frozen=True)
class Names:
    """Where a package keeps the methods, and its modules of models."""

    agents: Any
    models: Any
    create_thread: Callable[..., Any]
    delete_thread: Callable[[str], Any]
    create_message: Callable[..., Any]
    list_messages: Callable[[str], list]
    run_to_end: Callable[..., Any]
    list_steps: Callable[[str, str], list]
    stream_run: Callable[..., Any]
    upload: Callable[..., Any]
    get_file: Callable[[str], Any]
    list_files: Callable[[], list]
    read_file: Callable[[str], bytes]
    save_file: Callable[..., None]
    delete_file: Callable[[str], Any]
    create_store: Callable[..., Any]
    delete_store: Callable[[str], Any]
    list_agents: Callable[[], list]
    enable_calls: Callable[[Any], None]


def get_weather(city: str) -> str:
    """
    The weather of a city.

    :param city: The city.
    """
    return f'{{"sky":"magenta over {city}"}}'


def text_of(messages: list) -> str:
    """What the newest message says; lists begin with it."""
    return "".join(part.text.value for part in messages[0].content if part.type == "text")


def asked(to: Names, question: str, **agent: Any) -> tuple[Any, Any]:
    """An agent, and a thread with one question."""
    made = to.agents.create_agent(model=CHAT_MODEL, name="helper", instructions="Be kind.", **agent)
    thread = to.create_thread()
    to.create_message(thread_id=thread.id, role="user", content=question)
    return made, thread


def stream(to: Names) -> str:
    agent, thread = asked(to, "Hello")
    pieces, ends, events = [], [], 0
    with to.stream_run(thread_id=thread.id, agent_id=agent.id) as handler:
        for kind, data, _ in handler:
            events += 1
            if isinstance(data, to.models.MessageDeltaChunk):
                pieces.append(data.text)
            elif isinstance(data, to.models.ThreadRun):
                ends.append(data.status)
            expect(kind != "error", f"no error, but {data}")
            if kind == "done":
                break
    expect(len(pieces) > 1, "several pieces of text")
    expect(ends[-1] == "completed", f"a completed run, not {ends}")
    expect("".join(pieces) == text_of(to.list_messages(thread.id)), "the message is the pieces")
    return "runs of agents, as events"


def tools(to: Names) -> str:
    functions = to.models.FunctionTool({get_weather})
    to.enable_calls(functions)
    question = "What is the weather in Paris?"
    agent, thread = asked(to, question, tools=functions.definitions)
    run = to.run_to_end(thread_id=thread.id, agent_id=agent.id)
    expect(run.status == "completed", f"a completed run, not {run.status}: {run.last_error}")
    expect("magenta over Paris" in text_of(to.list_messages(thread.id)), "an answer made of the result")
    kinds = sorted(step.type for step in to.list_steps(thread.id, run.id))
    expect(kinds == ["message_creation", "tool_calls"], f"two steps, not {kinds}")

    thread = to.create_thread()
    to.create_message(thread_id=thread.id, role="user", content=question)
    with to.stream_run(thread_id=thread.id, agent_id=agent.id) as handler:
        handler.until_done()
    expect("magenta over Paris" in text_of(to.list_messages(thread.id)), "the same by streams")
    return "the SDK calls the function by itself, whole and streamed"


def files(to: Names) -> str:
    text = "The lighthouse of Alexandria was a hundred metres high.\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "lighthouse.txt")
        path.write_text(text)
        made = to.upload(file_path=str(path), purpose="assistants")
        expect(made.filename == "lighthouse.txt" and made.bytes == len(text), "name and size")
        expect(to.get_file(made.id).id == made.id, "the file by its id")
        expect(made.id in [one.id for one in to.list_files()], "the file in the list")
        expect(to.read_file(made.id) == text.encode(), "its content")
        to.save_file(file_id=made.id, file_name="saved.txt", target_dir=folder)
        expect(Path(folder, "saved.txt").read_text() == text, "saved as it was")

    store = to.create_store(file_ids=[made.id], name="lighthouses")
    expect(store.status == "completed" and store.file_counts.completed == 1, "a vector store with the file")
    search = to.models.FileSearchTool(vector_store_ids=[store.id])
    agent, thread = asked(
        to,
        "How high was the lighthouse of Alexandria?",
        tools=search.definitions,
        tool_resources=search.resources,
    )
    run = to.run_to_end(thread_id=thread.id, agent_id=agent.id)
    (cited,) = to.list_messages(thread.id)[0].file_citation_annotations
    expect(run.status == "completed" and cited.file_citation.file_id == made.id, "an answer that cites it")
    to.delete_store(store.id)
    to.delete_file(made.id)
    raised(ResourceNotFoundError, lambda: to.get_file(made.id))
    return "and a vector store with the file in it, which a run searches"


def agents(to: Names) -> None:
    made = to.agents.create_agent(model=CHAT_MODEL, name="helper", instructions="Be kind.", temperature=0.5)
    expect(made.model == CHAT_MODEL and made.instructions == "Be kind.", "an agent as it was asked for")
    expect(to.agents.get_agent(made.id).name == "helper", "the agent by its id")
    expect(made.id in [one.id for one in to.list_agents()], "the agent in the list")
    changed = to.agents.update_agent(made.id, name="other", metadata={"team": "blue"})
    expect(changed.name == "other" and changed.metadata == {"team": "blue"}, "the agent changed")
    thread = to.create_thread()
    to.create_message(thread_id=thread.id, role="user", content="Hello")
    run = to.run_to_end(thread_id=thread.id, agent_id=made.id)
    expect(
        run.status == "completed" and run.usage.completion_tokens > 0,
        f"a run and its usage, not {run.status}",
    )
    expect(text_of(to.list_messages(thread.id)), "an answer with text")
    to.delete_thread(thread.id)
    to.agents.delete_agent(made.id)
    raised(ResourceNotFoundError, lambda: to.agents.get_agent(made.id))


def errors(to: Names, stranger: Any) -> str:
    unknown = raised(
        ResourceNotFoundError, lambda: to.agents.create_agent(model=UNKNOWN_MODEL, name="helper")
    )
    code = getattr(unknown.error, "code", None)
    expect(unknown.status_code == 404 and code == "model_not_found", f"404 model_not_found, not {code}")
    refused = raised(
        ClientAuthenticationError, lambda: stranger.create_agent(model=CHAT_MODEL, name="helper")
    )
    expect(refused.status_code == 401, "401")
    wrong = raised(
        HttpResponseError,
        lambda: to.agents.create_agent(model=CHAT_MODEL, name="helper", temperature=9),
    )
    return f"ResourceNotFoundError 404, ClientAuthenticationError 401, HttpResponseError {wrong.status_code}"


def abort(to: Names) -> None:
    question, _ = long_question()
    agent, thread = asked(to, question)
    with to.stream_run(thread_id=thread.id, agent_id=agent.id) as handler:
        for _, data, _ in handler:
            if isinstance(data, to.models.MessageDeltaChunk):
                break
    expect_upstream_closed(thread.id)


def check_surface(row: Client, to: Names, stranger: Any, why_no_chat: str) -> None:
    """All checks but agents. `stranger` is the same client with a key that nobody gave out."""
    row.check("stream", lambda: stream(to))
    row.check("tools", lambda: tools(to))
    row.check("files", lambda: files(to))
    row.check("error", lambda: errors(to, stranger))
    row.check("abort", lambda: abort(to))
    row.absent("chat", why_no_chat)
