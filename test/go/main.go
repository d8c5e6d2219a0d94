// Renders templates with real Go: one job a line on standard input, one answer a line on standard output.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"text/template"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type job struct {
	Template string          `json:"template"`
	Event    json.RawMessage `json:"event"`
	NowMs    int64           `json:"nowMs"`
}

// Output is encoded in base64, since it may be no valid UTF-8. It says nothing where it shows an address.
type answer struct {
	Output  []byte `json:"output,omitempty"`
	Address bool   `json:"address,omitempty"`
	Phase   string `json:"phase,omitempty"`
	Message string `json:"message,omitempty"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(out)
	for decoder.More() {
		var next job
		if err := decoder.Decode(&next); err != nil {
			panic(err)
		}
		if err := encoder.Encode(render(next)); err != nil {
			panic(err)
		}
	}
}

// What kube-eventer's webhook makes of an event before it renders it.
func prepare(raw []byte, now time.Time) *corev1.Event {
	event := &corev1.Event{}
	if err := json.Unmarshal(raw, event); err != nil {
		panic(err)
	}
	event.Message = strings.ReplaceAll(event.Message, `"`, "")
	if event.LastTimestamp.IsZero() {
		if !event.EventTime.IsZero() {
			now = event.EventTime.Time
		}
		event.LastTimestamp = metav1.Time{Time: now}
	}
	return event
}

func render(next job) answer {
	parsed, err := template.New("body").Parse(next.Template)
	if err != nil {
		return answer{Phase: "parse", Message: err.Error()}
	}
	now := time.UnixMilli(next.NowMs)
	text, err := execute(parsed, prepare(next.Event, now))
	if err != nil {
		return answer{Phase: "exec", Message: err.Error()}
	}
	again, _ := execute(parsed, prepare(next.Event, now))
	return answer{Output: []byte(text), Address: text != again || showsLocation(text)}
}

func execute(parsed *template.Template, event *corev1.Event) (string, error) {
	var text strings.Builder
	err := parsed.Execute(&text, event)
	return text.String(), err
}

// The inside of a time.Time holds a pointer to its zone, which some verbs print.
func showsLocation(text string) bool {
	if strings.Contains(text, "*time.Location=") {
		return true
	}
	address := uint64(reflect.ValueOf(time.Local).Pointer())
	for _, verb := range []string{"%b", "%o", "%d", "%x", "%X"} {
		if strings.Contains(text, fmt.Sprintf(verb, address)) {
			return true
		}
	}
	return false
}
