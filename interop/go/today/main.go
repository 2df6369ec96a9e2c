// The Go SDKs as callers: openai-go with OpenAI's addresses, and with Azure's beside azopenai, which today adds what
// only Azure answers to it. SSL_CERT_FILE names the certificate of the https address.
package main

import (
	"latchkey/interop/report"

	"github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/azure"
	"github.com/openai/openai-go/v3/option"
)

const apiVersion = "2024-10-21"

func plain(path, key string) openai.Client {
	return openai.NewClient(option.WithBaseURL(report.Needed("LATCHKEY_URL")+path), option.WithAPIKey(key))
}

func ofAzure(key string) openai.Client {
	return openai.NewClient(azure.WithEndpoint(report.Needed("LATCHKEY_TLS_URL"), apiVersion), azure.WithAPIKey(key))
}

// contentFilters reads an answer by azopenai, whose types hold what Azure adds to an answer.
func contentFilters(of openai.Client) (string, error) {
	note, err := chat(of)
	if err != nil {
		return "", err
	}
	answer, err := of.Chat.Completions.New(background, hello())
	if err != nil {
		return "", err
	}
	if _, err := azopenai.ChatCompletion(*answer).PromptFilterResults(); err != nil {
		return "", err
	}
	_, err = azopenai.ChatCompletionChoice(answer.Choices[0]).ContentFilterResults()
	return note, err
}

func main() {
	key := report.Needed("LATCHKEY_KEY")
	row := report.NewClient("openai-go", "github.com/openai/openai-go/v3")
	row.Check("chat", func() (string, error) { return chat(plain("/v1", key)) })
	checkSurface(row, plain("/v1", key), plain("/v1", "test-key"), "model_not_found")

	project := plain("/api/projects/"+report.Needed("LATCHKEY_PROJECT"), key)
	row.Check("agents", func() (string, error) { return assistants(project) })

	row = report.NewClient("azopenai (over openai-go)", "github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai")
	row.Check("chat", func() (string, error) { return contentFilters(ofAzure(key)) })
	checkSurface(row, ofAzure(key), ofAzure("test-key"), "DeploymentNotFound")
	// The module puts /openai before every path, also before that of a project.
	row.Absent("agents", "with Azure's addresses only the assistants of a resource, which are not those of a project")
}
