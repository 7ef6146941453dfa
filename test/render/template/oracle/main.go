// Runs every template of templates.json through Go's own text/template and prints what came of each as JSON.
package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"text/template"
)

type Publish struct {
	Port int
	IP   string
	Ssl  string
}

type Backend struct {
	Name string
	IP   string
	Port int
}

type Service struct {
	Publish  Publish
	Backends []Backend
}

type Root struct {
	Services  []Service
	Stats     string
	StatsPort int
	PidFile   string
	SockFile  string
}

var data = map[string]any{
	"site": Root{
		Services: []Service{
			{Publish{10000, "127.0.0.1", "/etc/ssl/a.pem"}, []Backend{{"web1", "172.17.0.2", 80}}},
			{Publish{80, "", ""}, []Backend{{"web1", "172.17.0.2", 80}, {"web2", "172.17.0.3", 8080}}},
			{Publish{9000, "", ""}, []Backend{}},
		},
		Stats: "Y", StatsPort: 1936, PidFile: "/tmp/haproxy.pid", SockFile: "/tmp/haproxy.sock",
	},
	"none": Root{Services: []Service{}, StatsPort: -1, PidFile: "/tmp/haproxy.pid", SockFile: "/tmp/haproxy.sock"},
	"map": map[string]any{
		"zero": 0, "one": 1, "big": 1 << 40, "minus": -7, "half": 0.5, "yes": true, "no": false, "empty": "", "nil": nil,
		"text": "<a href=\"x\">caf\u00e9 'n' & \\ =</a>\n", "list": []any{1, "two", 3.5, nil, true}, "hollow": []any{},
		"inner": map[string]any{"b": 2, "a": 1, "c": map[string]any{"deep": "yes"}},
	},
}

type result struct {
	Data     string  `json:"data"`
	Template string  `json:"template"`
	Output   *string `json:"output,omitempty"`
	Stage    string  `json:"stage,omitempty"`
	Line     int     `json:"line,omitempty"`
	Error    string  `json:"error,omitempty"`
}

var where = regexp.MustCompile(`^template: oracle:(\d+)`)

func run(name, source string) result {
	answer := result{Data: name, Template: source, Stage: "parse"}
	parsed, err := template.New("oracle").Parse(source)
	var out bytes.Buffer
	if err == nil {
		answer.Stage = "run"
		err = parsed.Execute(&out, data[name])
	}
	if err == nil {
		text := out.String()
		return result{Data: name, Template: source, Output: &text}
	}
	answer.Error = err.Error()
	if found := where.FindStringSubmatch(answer.Error); found != nil {
		answer.Line, _ = strconv.Atoi(found[1])
	}
	return answer
}

func main() {
	var templates map[string][]string
	if err := json.NewDecoder(os.Stdin).Decode(&templates); err != nil {
		panic(err)
	}
	results := []result{}
	for _, name := range []string{"site", "none", "map"} {
		for _, source := range templates[name] {
			results = append(results, run(name, source))
		}
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(results); err != nil {
		panic(err)
	}
}
