"""PyPI `azure-ai-projects` 2: agents with versions, connections and deployments, and the OpenAI client of a project."""

import uuid

import openai
from azure.ai.projects import AIProjectClient
from azure.ai.projects.models import ConnectionType, FunctionTool, PromptAgentDefinition
from azure.core.exceptions import ClientAuthenticationError, ResourceNotFoundError

import openai_surface
from caller_token import CallerKey
from report import CHAT_MODEL, PROJECT, TLS_URL, UNKNOWN_MODEL, Client, expect, raised

ENDPOINT = f"{TLS_URL}/api/projects/{PROJECT}"
project = AIProjectClient(ENDPOINT, CallerKey())
stranger = AIProjectClient(ENDPOINT, CallerKey("test-key"))


def agents() -> str:
    name = f"helper-{uuid.uuid4().hex[:12]}"
    weather = openai_surface.WEATHER["function"]
    first = project.agents.create_version(
        name,
        definition=PromptAgentDefinition(
            model=CHAT_MODEL,
            instructions="Be kind.",
            tools=[
                FunctionTool(
                    name=weather["name"],
                    description=weather["description"],
                    parameters=weather["parameters"],
                    strict=True,
                )
            ],
        ),
    )
    expect(first.name == name and first.version == "1", "version 1")
    second = project.agents.create_version(
        name, definition=PromptAgentDefinition(model=CHAT_MODEL, instructions="Be brief.")
    )
    expect(
        project.agents.get(name).versions.latest.version == second.version == "2", "version 2 is the latest"
    )
    expect(project.agents.get_version(name, "1").definition.instructions == "Be kind.", "version 1 as it was")
    expect(name in [one.name for one in project.agents.list()], "the agent in the list")
    versions = sorted(one.version for one in project.agents.list_versions(name))
    expect(versions == ["1", "2"], f"both versions, not {versions}")
    answered(name, "1")
    project.agents.delete_version(name, "1")
    project.agents.delete(name)
    raised(ResourceNotFoundError, lambda: project.agents.get(name))

    expect(CHAT_MODEL in [one.name for one in project.deployments.list()], "the deployment in the list")
    expect(project.deployments.get(CHAT_MODEL).name == CHAT_MODEL, "the deployment by its name")
    list(project.connections.list(connection_type=ConnectionType.AZURE_OPEN_AI))
    return "versions, conversations, deployments"


def answered(name: str, version: str) -> None:
    """A conversation with the agent, in which it calls its function."""
    reference = {"agent_reference": {"type": "agent_reference", "name": name, "version": version}}
    with project.get_openai_client() as client:
        conversation = client.conversations.create(
            items=[{"type": "message", "role": "user", "content": "What is the weather in Paris?"}]
        )
        asked = client.responses.create(conversation=conversation.id, extra_body=reference)
        (call,) = [item for item in asked.output if item.type == "function_call"]
        told = client.responses.create(
            conversation=conversation.id,
            input=[{"type": "function_call_output", "call_id": call.call_id, "output": '{"sky":"magenta"}'}],
            extra_body=reference,
        )
        expect("magenta" in told.output_text, "an answer made of the result")
        client.conversations.delete(conversation.id)


def errors(client: openai.OpenAI, foreign: openai.OpenAI) -> str:
    unknown = raised(
        ResourceNotFoundError,
        lambda: project.agents.create_version(
            "helper", definition=PromptAgentDefinition(model=UNKNOWN_MODEL)
        ),
    )
    expect(unknown.status_code == 404, "404")
    expect(unknown.error.code == "model_not_found", f"model_not_found, not {unknown.error.code}")
    refused = raised(ClientAuthenticationError, lambda: list(stranger.agents.list()))
    expect(refused.status_code == 401, "401")
    of_openai = openai_surface.errors(client, foreign, "model_not_found")
    return f"ResourceNotFoundError 404, ClientAuthenticationError 401; of its OpenAI client {of_openai}"


row = Client("azure-ai-projects", "azure-ai-projects")
with project.get_openai_client() as client, stranger.get_openai_client() as foreign:
    for name, run in {
        "chat": openai_surface.chat,
        "stream": openai_surface.stream,
        "tools": openai_surface.tools,
        "embeddings": openai_surface.embeddings,
        "files": openai_surface.files,
        "abort": openai_surface.abort,
    }.items():
        row.check(name, lambda run=run: run(client))
    row.check("error", lambda: errors(client, foreign))
row.check("agents", agents)
