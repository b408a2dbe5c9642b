package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"todoshell/todo"
)

// A Source keeps the document that says who has a token. [Folder] is one, for the processes of one
// machine; what keeps the lists on several machines has another. Any goroutine may call any method.
type Source interface {
	// Current returns the document as it is now; nil: there never was one. It is asked on each
	// request, and returns the same pointer as long as nothing has changed. An error means
	// that nobody knows who may come in.
	Current() (*Document, error)
	// Change replaces the document by the text that edit makes of it (nil: there is none). It returns when that
	// is durable, and Current tells of it. Edit is called again where another writer came first;
	// its error is returned, and nothing is changed.
	Change(edit func(*Document) ([]byte, error)) error
	// Close ends what the source has begun. It may be called twice.
	Close()
}

// A Document is what a source keeps: all tokens, with their sessions.
type Document struct {
	Name    string // what people know it by, as "tokens.json"
	Removal string // how they are rid of it, as "remove tokens.json from the data folder"
	Text    []byte // not to be changed
}

func (d *Document) decode() (holders []Holder, err error) {
	if d == nil {
		return nil, nil
	}
	if err := json.Unmarshal(d.Text, &holders); err != nil {
		return nil, d.damaged(err.Error())
	}
	// A field that is missing or misspelled could let its holder do more.
	if again, err := encode(holders); err != nil || !bytes.Equal(d.Text, again) {
		return nil, d.damaged("it is not as todoshell writes it")
	}
	return holders, nil
}

func (d *Document) damaged(why string) error {
	return &todo.Error{Code: todo.Damaged, Message: fmt.Sprintf("%s is damaged: %s", d.Name, why),
		Hint: "nobody comes in; " + d.Removal + ", restart the server, and add the tokens anew"}
}

func encode(holders []Holder) ([]byte, error) {
	text, err := json.MarshalIndent(holders, "", "  ")
	return append(text, '\n'), err
}

// change replaces the holders by what edit makes of them. Whoever may no longer come in
// afterwards is out when it returns.
func (t *Tokens) change(edit func([]Holder) ([]Holder, error)) error {
	err := t.source.Change(func(d *Document) ([]byte, error) {
		holders, err := d.decode()
		if err == nil {
			holders, err = edit(holders)
		}
		if err != nil {
			return nil, err
		}
		return encode(holders)
	})
	t.free.Store(0)
	if err == nil {
		t.lookOnce(false)
	}
	return err
}

// errNothingNew ends a change that would change nothing.
var errNothingNew = errors.New("nothing new")

// Import adds all tokens of another source, with their sessions, and returns how many it added.
// Those that are here already are passed over, so that it may be repeated. Where a name is another
// token's here, nothing is added.
func (t *Tokens) Import(from Source) (added int, err error) {
	d, err := from.Current()
	if err != nil {
		return 0, err
	}
	others, err := d.decode()
	if err != nil {
		return 0, err
	}
	err = t.change(func(holders []Holder) ([]Holder, error) {
		before := len(holders)
		holders = append([]Holder{}, holders...) // also where all others are revoked: requests need a token there
		for _, h := range others {
			switch at := indexOf(holders, h.Name); {
			case slices.ContainsFunc(holders, func(here Holder) bool { return here.Hash == h.Hash }):
			case at >= 0:
				return nil, nameTaken(h.Name)
			default:
				holders = append(holders, h)
			}
		}
		if added = len(holders) - before; added == 0 && (d == nil || before > 0) {
			return nil, errNothingNew
		}
		return holders, nil
	})
	if errors.Is(err, errNothingNew) {
		return 0, nil
	}
	return added, err
}
