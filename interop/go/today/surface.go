package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"latchkey/interop/report"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
)

// The checks of a client of openai-go, with OpenAI's addresses or with Azure's.

var background = context.Background()

func user(text string) []openai.ChatCompletionMessageParamUnion {
	return []openai.ChatCompletionMessageParamUnion{openai.UserMessage(text)}
}

func hello() openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{Model: report.ChatModel, Messages: user("Hello")}
}

func chat(of openai.Client) (string, error) {
	answer, err := of.Chat.Completions.New(background, hello())
	if err != nil {
		return "", err
	}
	choice := answer.Choices[0]
	if err := report.Expect(choice.Message.Content != "" && choice.FinishReason == "stop", "text and its end"); err != nil {
		return "", err
	}
	if err := report.Expect(answer.Usage.CompletionTokens > 0, "usage"); err != nil {
		return "", err
	}
	if err := structured(of); err != nil {
		return "", err
	}
	response, err := of.Responses.New(background, responses.ResponseNewParams{
		Model: report.ChatModel,
		Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("Hello")},
	})
	if err != nil {
		return "", err
	}
	complete := response.Status == responses.ResponseStatusCompleted && response.OutputText() != ""
	return "chat completions and responses", report.Expect(complete, "a response with text")
}

// structured asks for an answer of a schema, about an image.
func structured(of openai.Client) error {
	question := "Which city has the sky of Paris?"
	answer, err := of.Chat.Completions.New(background, openai.ChatCompletionNewParams{
		Model: report.ChatModel,
		Messages: []openai.ChatCompletionMessageParamUnion{
			openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
				openai.TextContentPart(question),
				openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: png}),
			}),
		},
		ResponseFormat: openai.ChatCompletionNewParamsResponseFormatUnion{
			OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{
				JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
					Name:   "city",
					Schema: city,
					Strict: openai.Bool(true),
				},
			},
		},
	})
	if err != nil {
		return err
	}
	text := answer.Choices[0].Message.Content
	return report.Expect(text == `{"city":"Paris"}`, "an answer of the schema, not %s", text)
}

func stream(of openai.Client) (string, error) {
	params := hello()
	params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
	chunks := of.Chat.Completions.NewStreaming(background, params)
	whole := openai.ChatCompletionAccumulator{}
	pieces := 0
	for chunks.Next() {
		chunk := chunks.Current()
		if !whole.AddChunk(chunk) {
			return "", errors.New("the SDK's accumulator refuses a chunk")
		}
		if len(chunk.Choices) > 0 && chunk.Choices[0].Delta.Content != "" {
			pieces++
		}
	}
	if err := chunks.Err(); err != nil {
		return "", err
	}
	ended := whole.Choices[0].FinishReason == "stop" && whole.Usage.CompletionTokens > 0
	if err := report.Expect(pieces > 1 && ended, "several pieces, the reason for the end, usage"); err != nil {
		return "", err
	}
	events := of.Responses.NewStreaming(background, responses.ResponseNewParams{
		Model: report.ChatModel,
		Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("Hello")},
	})
	var text strings.Builder
	var final string
	for events.Next() {
		switch event := events.Current().AsAny().(type) {
		case responses.ResponseTextDeltaEvent:
			text.WriteString(event.Delta)
		case responses.ResponseCompletedEvent:
			final = event.Response.OutputText()
		}
	}
	if err := events.Err(); err != nil {
		return "", err
	}
	return "chat completions and responses", report.Expect(final != "" && final == text.String(), "a response in pieces")
}

var city = shared.FunctionParameters{
	"type":                 "object",
	"properties":           map[string]any{"city": map[string]any{"type": "string"}},
	"required":             []string{"city"},
	"additionalProperties": false,
}

const png = "data:image/png;base64," +
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

var weather = openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
	Name:        "get_weather",
	Description: openai.String("The weather of a city."),
	Parameters:  city,
})

func tools(of openai.Client) (string, error) {
	params := openai.ChatCompletionNewParams{
		Model:    report.ChatModel,
		Messages: user("What is the weather in Paris?"),
		Tools:    []openai.ChatCompletionToolUnionParam{weather},
	}
	asked, err := of.Chat.Completions.New(background, params)
	if err != nil {
		return "", err
	}
	calls := asked.Choices[0].Message.ToolCalls
	if err := report.Expect(len(calls) == 1 && calls[0].Function.Name == "get_weather", "one call, not %v", calls); err != nil {
		return "", err
	}
	var arguments struct{ City string }
	if err := json.Unmarshal([]byte(calls[0].Function.Arguments), &arguments); err != nil {
		return "", err
	}
	if err := report.Expect(arguments.City == "Paris", "Paris, not %q", arguments.City); err != nil {
		return "", err
	}
	result := openai.ToolMessage(`{"sky":"magenta"}`, calls[0].ID)
	params.Messages = append(params.Messages, asked.Choices[0].Message.ToParam(), result)
	told, err := of.Chat.Completions.New(background, params)
	if err != nil {
		return "", err
	}
	answer := told.Choices[0].Message.Content
	return "", report.Expect(strings.Contains(answer, "magenta"), "an answer made of the result, not %q", answer)
}

func embeddings(of openai.Client) (string, error) {
	made, err := of.Embeddings.New(background, openai.EmbeddingNewParams{
		Model: report.EmbeddingModel,
		Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"one", "two"}},
	})
	if err != nil {
		return "", err
	}
	whole := len(made.Data) == 2 && len(made.Data[0].Embedding) == 1536 && len(made.Data[1].Embedding) == 1536
	return "", report.Expect(whole && made.Usage.PromptTokens > 0, "two vectors of 1536 numbers, and usage")
}

func files(of openai.Client) (string, error) {
	content := []byte("{\"greeting\":\"hello\"}\n")
	made, err := of.Files.New(background, openai.FileNewParams{
		File:    openai.File(bytes.NewReader(content), "greeting.jsonl", "application/jsonl"),
		Purpose: openai.FilePurposeFineTune,
	})
	if err != nil {
		return "", err
	}
	if err := report.Expect(made.Filename == "greeting.jsonl" && made.Bytes == int64(len(content)), "name and size"); err != nil {
		return "", err
	}
	if _, err := of.Files.Get(background, made.ID); err != nil {
		return "", err
	}
	listed := false
	pages := of.Files.ListAutoPaging(background, openai.FileListParams{})
	for pages.Next() {
		listed = listed || pages.Current().ID == made.ID
	}
	if err := errors.Join(pages.Err(), report.Expect(listed, "the file in the list")); err != nil {
		return "", err
	}
	answer, err := of.Files.Content(background, made.ID)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, report.Expect(bytes.Equal(read, content), "its content, not %q", read)); err != nil {
		return "", err
	}
	if _, err := of.Files.Delete(background, made.ID); err != nil {
		return "", err
	}
	_, err = of.Files.Get(background, made.ID)
	_, err = failed(err, 404)
	return "", err
}

// failed says whether an error is the SDK's own with this status.
func failed(err error, status int) (*openai.Error, error) {
	var known *openai.Error
	if !errors.As(err, &known) {
		return nil, fmt.Errorf("*openai.Error expected, %T came: %v", err, err)
	}
	return known, report.Expect(known.StatusCode == status, "%d expected, %d came: %s", status, known.StatusCode, known.RawJSON())
}

func errorsOf(of, stranger openai.Client, code string) (string, error) {
	params := hello()
	params.Model = report.UnknownModel
	_, err := of.Chat.Completions.New(background, params)
	unknown, err := failed(err, 404)
	if err != nil {
		return "", err
	}
	if err := report.Expect(unknown.Code == code, "%s expected, %s came", code, unknown.Code); err != nil {
		return "", err
	}
	_, err = stranger.Chat.Completions.New(background, hello())
	if _, err := failed(err, 401); err != nil {
		return "", err
	}
	params = hello()
	params.Temperature = openai.Float(9)
	_, err = of.Chat.Completions.New(background, params)
	_, err = failed(err, 400)
	return "openai.Error 404, 401, 400", err
}

func abort(of openai.Client) (string, error) {
	question, mark := report.LongQuestion()
	chunks := of.Chat.Completions.NewStreaming(background, openai.ChatCompletionNewParams{
		Model:    report.ChatModel,
		Messages: user(question),
	})
	for chunks.Next() {
		current := chunks.Current()
		if len(current.Choices) > 0 && current.Choices[0].Delta.Content != "" {
			break
		}
	}
	if err := errors.Join(chunks.Err(), chunks.Close()); err != nil {
		return "", err
	}
	return "", report.UpstreamClosed(mark)
}

// checkSurface runs all checks but chat and agents. `stranger` is the same client with a key that nobody gave out.
func checkSurface(row report.Client, of, stranger openai.Client, unknownCode string) {
	row.Check("stream", func() (string, error) { return stream(of) })
	row.Check("tools", func() (string, error) { return tools(of) })
	row.Check("embeddings", func() (string, error) { return embeddings(of) })
	row.Check("files", func() (string, error) { return files(of) })
	row.Check("error", func() (string, error) { return errorsOf(of, stranger, unknownCode) })
	row.Check("abort", func() (string, error) { return abort(of) })
}
