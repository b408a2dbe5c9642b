package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"

	"todoshell/internal/atomicfile"
	"todoshell/todo"
)

const (
	fileName = "tokens.json"
	lockName = "tokens.lock"
)

// readFile returns what the file says. A file that is not there is an error of
// the kind [fs.ErrNotExist].
func readFile(dir string) (text []byte, err error) { return os.ReadFile(filepath.Join(dir, fileName)) }

func decode(text []byte) (holders []Holder, err error) {
	if err := json.Unmarshal(text, &holders); err != nil {
		return nil, damaged(err.Error())
	}
	// A field that is missing or misspelled could let its holder do more.
	if again, err := encode(holders); err != nil || !bytes.Equal(text, again) {
		return nil, damaged("it is not as todoshell writes it")
	}
	return holders, nil
}

func damaged(why string) error {
	return &todo.Error{Code: todo.Damaged, Message: fmt.Sprintf("%s is damaged: %s", fileName, why),
		Hint: "nobody comes in; remove it from the data folder, restart the server, and add the tokens anew"}
}

func encode(holders []Holder) ([]byte, error) {
	text, err := json.MarshalIndent(holders, "", "  ")
	return append(text, '\n'), err
}

// change replaces the file by what edit makes of its holders. Other writers
// wait. Whoever may no longer come in afterwards is out when it returns.
func (t *Tokens) change(edit func([]Holder) ([]Holder, error)) error {
	t.write.Lock() // before the lock of the file, on which each waiting goroutine would block a thread
	defer t.write.Unlock()
	if err := changeFile(t.dir, edit); err != nil {
		return err
	}
	t.lookOnce(false)
	return nil
}

func changeFile(dir string, edit func([]Holder) ([]Holder, error)) error {
	lock := filepath.Join(dir, lockName)
	if f, err := os.OpenFile(lock, os.O_CREATE, 0o600); err == nil { // lockedfile would make it readable for all
		_ = f.Close()
	}
	unlock, err := lockedfile.MutexAt(lock).Lock()
	if err != nil {
		return err
	}
	defer unlock()
	var holders []Holder
	text, err := readFile(dir)
	if err == nil {
		holders, err = decode(text)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if holders, err = edit(holders); err != nil {
		return err
	}
	if text, err = encode(holders); err != nil {
		return err
	}
	return atomicfile.Replace(filepath.Join(dir, fileName), 0o600, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}
