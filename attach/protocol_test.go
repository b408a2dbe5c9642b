package attach

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/repl"
)

// A state is sent as all programs that speak this protocol send it. Whoever changes
// it changes the protocol's name.
func TestStateOnTheWire(t *testing.T) {
	text, err := json.Marshal(task{Task: repl.Task{Kind: repl.Given, Text: "lists", Number: 2},
		Session: repl.State{Settings: repl.Settings{JSON: true, Color: true}, InUse: "Bob", Failed: true, ExitCode: 7},
		Width:   80, Dir: "/tmp", Home: "/home/ann", Confirm: true})
	require.NoError(t, err)
	assert.Equal(t, "todoshell.3", protocol)
	assert.Equal(t, `{"Kind":1,"Text":"lists","Number":2,"Session":{"JSON":true,"Bail":false,"Table":false,"Color":true,"InUse":"Bob",`+ //nolint:testifylint // each byte counts
		`"Timing":false,"Fresh":false,"Failed":true,"Bailed":false,"Exited":false,"ExitCode":7,"Closed":false},`+
		`"Width":80,"Terminal":false,"Zone":null,"Dir":"/tmp","Home":"/home/ann","Confirm":true,"History":false}`, string(text))
}
