"""PyPI `azure-ai-agents`: agents with threads and runs, at a project's endpoint."""

from azure.ai.agents import AgentsClient, models

from agents_surface import Names, agents, check_surface
from caller_token import CallerKey
from report import PROJECT, TLS_URL, Client

ENDPOINT = f"{TLS_URL}/api/projects/{PROJECT}"
client = AgentsClient(ENDPOINT, CallerKey())

names = Names(
    agents=client,
    models=models,
    create_thread=client.threads.create,
    delete_thread=client.threads.delete,
    create_message=client.messages.create,
    list_messages=lambda thread: list(client.messages.list(thread)),
    run_to_end=client.runs.create_and_process,
    list_steps=lambda thread, run: list(client.run_steps.list(thread, run)),
    stream_run=client.runs.stream,
    upload=client.files.upload_and_poll,
    get_file=client.files.get,
    list_files=lambda: client.files.list().data,
    read_file=lambda file: b"".join(client.files.get_content(file)),
    save_file=client.files.save,
    delete_file=client.files.delete,
    create_store=client.vector_stores.create_and_poll,
    delete_store=client.vector_stores.delete,
    list_agents=lambda: list(client.list_agents()),
    enable_calls=lambda functions: client.enable_auto_function_calls(functions),
)

row = Client("azure-ai-agents", "azure-ai-agents")
row.check("agents", lambda: agents(names))
ONLY_AGENTS = "agents only: no call of a model without an agent"
check_surface(row, names, AgentsClient(ENDPOINT, CallerKey("test-key")), why_no_chat=ONLY_AGENTS)
row.absent("embeddings", ONLY_AGENTS)
