package main

import (
	"errors"

	"latchkey/interop/report"

	"github.com/openai/openai-go/v3"
)

// assistants are still in the module; they are at the address of a project.
func assistants(project openai.Client) (string, error) {
	helper, err := project.Beta.Assistants.New(background, openai.BetaAssistantNewParams{
		Model: report.ChatModel,
		Name:  openai.String("helper"),
	})
	if err != nil {
		return "", err
	}
	thread, err := project.Beta.Threads.New(background, openai.BetaThreadNewParams{
		Messages: []openai.BetaThreadNewParamsMessage{{
			Role:    "user",
			Content: openai.BetaThreadNewParamsMessageContentUnion{OfString: openai.String("Hello")},
		}},
	})
	if err != nil {
		return "", err
	}
	events := project.Beta.Threads.Runs.NewStreaming(background, thread.ID, openai.BetaThreadRunNewParams{
		AssistantID: helper.ID,
	})
	pieces, completed := 0, false
	for events.Next() {
		switch event := events.Current().AsAny().(type) {
		case openai.AssistantStreamEventThreadMessageDelta:
			pieces++
		case openai.AssistantStreamEventThreadRunCompleted:
			completed = event.Data.Usage.CompletionTokens > 0
		}
	}
	ended := report.Expect(pieces > 1 && completed, "a run in pieces, and its usage")
	if err := errors.Join(events.Err(), ended); err != nil {
		return "", err
	}
	messages, err := project.Beta.Threads.Messages.List(background, thread.ID, openai.BetaThreadMessageListParams{})
	if err != nil {
		return "", err
	}
	answered := len(messages.Data) == 2 && messages.Data[0].Content[0].Text.Value != ""
	if err := report.Expect(answered, "an answer in the thread"); err != nil {
		return "", err
	}
	if _, err := project.Beta.Threads.Delete(background, thread.ID); err != nil {
		return "", err
	}
	if _, err := project.Beta.Assistants.Delete(background, helper.ID); err != nil {
		return "", err
	}
	_, err = project.Beta.Assistants.Get(background, helper.ID)
	_, err = failed(err, 404)
	return "assistants and threads, with the address of the project as the base URL", err
}
