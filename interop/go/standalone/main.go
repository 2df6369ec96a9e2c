// azopenai 0.7 as a caller: the last one with a client, pipeline and reader of events of its own. SSL_CERT_FILE names the
// certificate of the https address.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"latchkey/interop/report"

	"github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
)

var background = context.Background()

func connect(key string) *azopenai.Client {
	of, err := azopenai.NewClientWithKeyCredential(report.Needed("LATCHKEY_TLS_URL"), azcore.NewKeyCredential(key), nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return of
}

func user(text string) []azopenai.ChatRequestMessageClassification {
	content := azopenai.NewChatRequestUserMessageContent(text)
	return []azopenai.ChatRequestMessageClassification{&azopenai.ChatRequestUserMessage{Content: content}}
}

func ask(text string) azopenai.ChatCompletionsOptions {
	return azopenai.ChatCompletionsOptions{DeploymentName: to.Ptr(report.ChatModel), Messages: user(text)}
}

func chat(of *azopenai.Client) (string, error) {
	answer, err := of.GetChatCompletions(background, ask("Hello"), nil)
	if err != nil {
		return "", err
	}
	choice := answer.Choices[0]
	ended := *choice.FinishReason == azopenai.CompletionsFinishReasonStopped && *choice.Message.Content != ""
	return "", report.Expect(ended && *answer.Usage.CompletionTokens > 0, "text, its end and usage")
}

func stream(of *azopenai.Client) (string, error) {
	answer, err := of.GetChatCompletionsStream(background, azopenai.ChatCompletionsStreamOptions{
		DeploymentName: to.Ptr(report.ChatModel),
		Messages:       user("Hello"),
		StreamOptions:  &azopenai.ChatCompletionStreamOptions{IncludeUsage: to.Ptr(true)},
	}, nil)
	if err != nil {
		return "", err
	}
	events := answer.ChatCompletionsStream
	defer events.Close()
	pieces, stopped, used := 0, false, false
	for {
		chunk, err := events.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		used = used || chunk.Usage != nil
		for _, choice := range chunk.Choices {
			if choice.Delta.Content != nil && *choice.Delta.Content != "" {
				pieces++
			}
			reason := choice.FinishReason
			stopped = stopped || reason != nil && *reason == azopenai.CompletionsFinishReasonStopped
		}
	}
	return "", report.Expect(pieces > 1 && stopped && used, "several pieces, the reason for the end, usage")
}

func tools(of *azopenai.Client) (string, error) {
	params := ask("What is the weather in Paris?")
	schema := `{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`
	params.Tools = []azopenai.ChatCompletionsToolDefinitionClassification{
		&azopenai.ChatCompletionsFunctionToolDefinition{
			Function: &azopenai.ChatCompletionsFunctionToolDefinitionFunction{
				Name:        to.Ptr("get_weather"),
				Description: to.Ptr("The weather of a city."),
				Parameters:  []byte(schema),
			},
		},
	}
	asked, err := of.GetChatCompletions(background, params, nil)
	if err != nil {
		return "", err
	}
	calls := asked.Choices[0].Message.ToolCalls
	if err := report.Expect(len(calls) == 1, "one call, not %d", len(calls)); err != nil {
		return "", err
	}
	call, ok := calls[0].(*azopenai.ChatCompletionsFunctionToolCall)
	if err := report.Expect(ok && *call.Function.Name == "get_weather", "get_weather"); err != nil {
		return "", err
	}
	var arguments struct{ City string }
	if err := json.Unmarshal([]byte(*call.Function.Arguments), &arguments); err != nil {
		return "", err
	}
	if err := report.Expect(arguments.City == "Paris", "Paris, not %q", arguments.City); err != nil {
		return "", err
	}
	params.Messages = append(params.Messages,
		&azopenai.ChatRequestAssistantMessage{ToolCalls: calls},
		&azopenai.ChatRequestToolMessage{
			ToolCallID: call.ID,
			Content:    azopenai.NewChatRequestToolMessageContent(`{"sky":"magenta"}`),
		})
	told, err := of.GetChatCompletions(background, params, nil)
	if err != nil {
		return "", err
	}
	answer := *told.Choices[0].Message.Content
	return "", report.Expect(strings.Contains(answer, "magenta"), "an answer made of the result, not %q", answer)
}

func embeddings(of *azopenai.Client) (string, error) {
	made, err := of.GetEmbeddings(background, azopenai.EmbeddingsOptions{
		DeploymentName: to.Ptr(report.EmbeddingModel),
		Input:          []string{"one", "two"},
	}, nil)
	if err != nil {
		return "", err
	}
	whole := len(made.Data) == 2 && len(made.Data[0].Embedding) == 1536 && len(made.Data[1].Embedding) == 1536
	return "", report.Expect(whole && *made.Usage.PromptTokens > 0, "two vectors of 1536 numbers, and usage")
}

func files(of *azopenai.Client) (string, error) {
	line := []byte("{\"greeting\":\"hello\"}\n")
	content := []byte(base64.StdEncoding.EncodeToString(line))
	made, err := of.UploadFile(background, streaming.NopCloser(bytes.NewReader(content)), azopenai.FilePurposeFineTune,
		&azopenai.UploadFileOptions{Filename: to.Ptr("greeting.jsonl")})
	if err != nil {
		return "", err
	}
	named := *made.Filename == "greeting.jsonl" && int(*made.Bytes) == len(content)
	if err := report.Expect(named, "name and size"); err != nil {
		return "", err
	}
	if _, err := of.GetFile(background, *made.ID, nil); err != nil {
		return "", err
	}
	list, err := of.ListFiles(background, nil)
	if err != nil {
		return "", err
	}
	listed := false
	for _, one := range list.Data {
		listed = listed || *one.ID == *made.ID
	}
	if err := report.Expect(listed, "the file in the list"); err != nil {
		return "", err
	}
	read, err := of.GetFileContent(background, *made.ID, nil)
	if err != nil {
		return "", err
	}
	if err := report.Expect(bytes.Equal(read.Value, line), "its content, not %q", read.Value); err != nil {
		return "", err
	}
	if _, err := of.DeleteFile(background, *made.ID, nil); err != nil {
		return "", err
	}
	_, err = of.GetFile(background, *made.ID, nil)
	_, err = failed(err, 404)
	return "GetFileContent takes what a service sends for base64 and decodes it, so the file holds base64", err
}

// failed says whether an error is the SDK's own with this status.
func failed(err error, status int) (*azcore.ResponseError, error) {
	var known *azcore.ResponseError
	if !errors.As(err, &known) {
		return nil, fmt.Errorf("*azcore.ResponseError expected, %T came: %v", err, err)
	}
	return known, report.Expect(known.StatusCode == status, "%d expected, %d came", status, known.StatusCode)
}

func errorsOf(of *azopenai.Client) (string, error) {
	params := ask("Hello")
	params.DeploymentName = to.Ptr(report.UnknownModel)
	_, err := of.GetChatCompletions(background, params, nil)
	unknown, err := failed(err, 404)
	if err != nil {
		return "", err
	}
	code := unknown.ErrorCode
	if err := report.Expect(code == "DeploymentNotFound", "DeploymentNotFound, not %s", code); err != nil {
		return "", err
	}
	_, err = connect("test-key").GetChatCompletions(background, ask("Hello"), nil)
	if _, err := failed(err, 401); err != nil {
		return "", err
	}
	params = ask("Hello")
	params.Temperature = to.Ptr[float32](9)
	_, err = of.GetChatCompletions(background, params, nil)
	_, err = failed(err, 400)
	return "azcore.ResponseError 404, 401, 400", err
}

func abort(of *azopenai.Client) (string, error) {
	question, mark := report.LongQuestion()
	answer, err := of.GetChatCompletionsStream(background, azopenai.ChatCompletionsStreamOptions{
		DeploymentName: to.Ptr(report.ChatModel),
		Messages:       user(question),
	}, nil)
	if err != nil {
		return "", err
	}
	_, err = answer.ChatCompletionsStream.Read()
	if err := errors.Join(err, answer.ChatCompletionsStream.Close()); err != nil {
		return "", err
	}
	return "", report.UpstreamClosed(mark)
}

func main() {
	of := connect(report.Needed("LATCHKEY_KEY"))
	row := report.NewClient("azopenai", "github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai")
	for _, one := range []struct {
		name string
		run  func(*azopenai.Client) (string, error)
	}{
		{"chat", chat},
		{"stream", stream},
		{"tools", tools},
		{"embeddings", embeddings},
		{"files", files},
		{"error", errorsOf},
		{"abort", abort},
	} {
		row.Check(one.name, func() (string, error) { return one.run(of) })
	}
	row.Absent("agents", "the module has none")
}
