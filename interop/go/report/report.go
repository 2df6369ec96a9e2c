// Package report prints one line of JSON per check on stdout, as interop/README.md describes, and asks the emulator
// what really happened.
package report

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"
)

// The models that every check asks for; the last one is nobody's.
const (
	ChatModel      = "gpt-5-mini"
	EmbeddingModel = "text-embedding-3-small"
	UnknownModel   = "no-such-model"
)

const (
	maxNote  = 400
	patience = 15 * time.Second
)

type line struct {
	Client   string `json:"client"`
	Version  string `json:"version"`
	Language string `json:"language"`
	Check    string `json:"check"`
	Result   string `json:"result"`
	Note     string `json:"note"`
}

// Client is the column of one SDK in the table.
type Client struct{ name, version string }

// NewClient names a column; its version is the one of the module in this program.
func NewClient(name, module string) Client {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, one := range info.Deps {
			if one.Path == module {
				return Client{name, strings.TrimPrefix(one.Version, "v")}
			}
		}
	}
	fmt.Fprintf(os.Stderr, "%s is not in this program\n", module)
	os.Exit(1)
	return Client{}
}

// Check runs one check: it passes unless there is an error, and what it returns becomes the note.
func (c Client) Check(name string, run func() (string, error)) {
	note, err := run()
	if err == nil {
		c.print(name, "pass", note)
		return
	}
	text := strings.Join(strings.Fields(fmt.Sprintf("%T: %v", err, err)), " ")
	c.print(name, "fail", text[:min(len(text), maxNote)])
}

// Absent says that the SDK has no such thing, and why.
func (c Client) Absent(name, why string) { c.print(name, "absent", why) }

func (c Client) print(check, result, note string) {
	// Encoding strings can't fail.
	text, _ := json.Marshal(line{c.name, c.version, "Go", check, result, note})
	fmt.Println(string(text))
}

// Expect is an error with this text unless something holds.
func Expect(holds bool, what string, values ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(what, values...)
}

// Needed is a variable of the environment, which ends the program when it is absent.
func Needed(name string) string {
	value := os.Getenv(name)
	if value == "" {
		fmt.Fprintln(os.Stderr, name+" is not set: interop/run.mjs sets it")
		os.Exit(2)
	}
	return value
}

// LongQuestion is a question whose answer takes many seconds, and the mark by which the emulator's record shows it.
func LongQuestion() (question, mark string) {
	mark = rand.Text()
	return "Tell me about lighthouses in 5000 words. Mark " + mark, mark
}

type recorded struct {
	ID   string `json:"id"`
	Body string `json:"body"`
}

type delivered struct {
	RequestID string `json:"requestId"`
	Outcome   string `json:"outcome"`
	Stream    bool   `json:"stream"`
}

// UpstreamClosed waits until the emulator says that the reader of the stream with this mark in its request has left.
func UpstreamClosed(mark string) error {
	var outcomes []string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		var requests []recorded
		var ledger []delivered
		if err := errors.Join(truth("requests", &requests), truth("ledger", &ledger)); err != nil {
			return err
		}
		marked := map[string]bool{}
		for _, one := range requests {
			marked[one.ID] = strings.Contains(one.Body, mark)
		}
		outcomes = nil
		for _, one := range ledger {
			if marked[one.RequestID] && one.Stream {
				outcomes = append(outcomes, one.Outcome)
			}
		}
		if len(outcomes) == 1 && outcomes[0] == "cancelled" {
			return nil
		}
	}
	return fmt.Errorf("the service's stream was to be cancelled, but is %v", outcomes)
}

func truth(name string, into any) error {
	answer, err := http.Get(Needed("TRUTH") + "/_emulator/" + name)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
