"""PyPI `azure-ai-projects` 1.0.0b10: agents by connection string."""

import os

from azure.ai.projects import AIProjectClient, models

from agents_surface import Names, agents, check_surface
from caller_token import CallerKey
from report import TLS_URL, Client, expect

# The SDK puts https:// before the string's host, so the host is that of the https address.
_, WORKSPACE = os.environ["LATCHKEY_CONNECTION"].split(";", 1)
CONNECTION = f"{TLS_URL.removeprefix('https://')};{WORKSPACE}"


def connect(*key: str) -> AIProjectClient:
    return AIProjectClient.from_connection_string(CONNECTION, CallerKey(*key))


project = connect()
client = project.agents

names = Names(
    agents=client,
    models=models,
    create_thread=client.create_thread,
    delete_thread=client.delete_thread,
    create_message=client.create_message,
    list_messages=lambda thread: client.list_messages(thread).data,
    run_to_end=client.create_and_process_run,
    list_steps=lambda thread, run: client.list_run_steps(thread, run).data,
    stream_run=client.create_stream,
    upload=client.upload_file_and_poll,
    get_file=client.get_file,
    list_files=lambda: client.list_files().data,
    read_file=lambda file: b"".join(client.get_file_content(file)),
    save_file=client.save_file,
    delete_file=client.delete_file,
    create_store=client.create_vector_store_and_poll,
    delete_store=client.delete_vector_store,
    list_agents=lambda: client.list_agents().data,
    enable_calls=lambda functions: client.enable_auto_function_calls(function_tool=functions),
)

# Of interop/latchkey.config.ts: the worker lets evaluate what its operator names.
DATA = "azureml://locations/interop/data/questions/versions/1"
EVALUATOR = "azureml://registries/azureml/models/F1Score-Evaluator/versions/3"


def agents_and_evaluations() -> str:
    agents(names)
    made = project.evaluations.create(
        models.Evaluation(
            display_name="first",
            data=models.Dataset(id=DATA),
            evaluators={"f1": models.EvaluatorConfiguration(id=EVALUATOR)},
        )
    )
    found = project.evaluations.get(made.id)
    expect(found.display_name == "first" and found.data.id == DATA, "the evaluation as it was asked for")
    expect(made.id in [one.id for one in project.evaluations.list()], "the evaluation in the list")
    changed = project.evaluations.update(made.id, {"displayName": "second"})
    expect(changed.display_name == "second", "the evaluation changed")
    return "and evaluations"


row = Client("azure-ai-projects (connection string)", "azure-ai-projects")
row.check("agents", agents_and_evaluations)
BY_CONNECTION = "only by connections, which the SDK asks management.azure.com for, whatever the host"
check_surface(row, names, connect("test-key").agents, why_no_chat=BY_CONNECTION)
row.absent("embeddings", BY_CONNECTION)
