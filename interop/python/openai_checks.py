"""PyPI `openai`: OpenAI and AzureOpenAI."""

import warnings

import openai

from openai_surface import assistants, check_surface
from report import KEY, PROJECT, URL, Client

# The package says of its assistants that they are on their way out.
warnings.simplefilter("ignore", DeprecationWarning)

PROJECT_URL = f"{URL}/api/projects/{PROJECT}"

plain = Client("openai (OpenAI)", "openai")
check_surface(
    plain,
    openai.OpenAI(base_url=f"{URL}/v1", api_key=KEY),
    openai.OpenAI(base_url=f"{URL}/v1", api_key="test-key"),
)
plain.check("agents", lambda: assistants(openai.OpenAI(base_url=PROJECT_URL, api_key=KEY)))


def azure(key: str) -> openai.OpenAI:
    return openai.AzureOpenAI(azure_endpoint=URL, api_key=key, api_version="2024-10-21")


def azure_project() -> openai.OpenAI:
    """A project takes tokens and no key, here as at the service."""
    return openai.AzureOpenAI(base_url=PROJECT_URL, azure_ad_token=KEY, api_version="v1")


of_azure = Client("openai (AzureOpenAI)", "openai")
check_surface(of_azure, azure(KEY), azure("test-key"), unknown_code="DeploymentNotFound")
of_azure.check("agents", lambda: assistants(azure_project()))
