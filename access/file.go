package access

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"todoshell/internal/atomicfile"
	"todoshell/todo"
)

const (
	fileName = "tokens.json"
	lockName = "tokens.lock"
)

// settle is how old a file must be for its time to tell it from the next one:
// file systems count time in steps of up to two seconds.
const settle = 2 * time.Second

// A folder is the source that is a file of a data folder.
type folder struct {
	dir string

	write sync.Mutex // held by the one who changes the file
	read  sync.Mutex // held by the one who reads it
	seen  atomic.Pointer[file]
}

// A file is what was found when the file was last read.
type file struct {
	info     os.FileInfo // nil: there was none
	settled  bool        // a later change would have another time
	document *Document
	err      error
}

// Folder returns the source that is the file tokens.json of a data folder. Where there is no folder
// or no file, there are no tokens; the first one makes both. Dir is empty for a server that keeps its
// lists in memory.
func Folder(dir string) Source { return &folder{dir: dir} }

func (f *folder) Close() {}

func (f *folder) Current() (*Document, error) {
	if f.dir == "" {
		return nil, nil
	}
	now := f.current()
	return now.document, now.err
}

func (f *folder) current() *file {
	if seen := f.seen.Load(); seen != nil && seen.isOf(f.stat()) {
		return seen
	}
	f.read.Lock()
	defer f.read.Unlock()
	before := f.seen.Load()
	info, err := f.stat()
	if before != nil && before.isOf(info, err) {
		return before // another goroutine has read it meanwhile
	}
	now := &file{info: info, err: err}
	switch {
	case err == nil:
		// The time is looked at before the file is read: what changes meanwhile is
		// read again.
		now.settled = time.Since(info.ModTime()) > settle
		now.document, now.err = f.load()
		if before != nil && before.document != nil && now.err == nil && bytes.Equal(now.document.Text, before.document.Text) {
			now.document = before.document
		}
	case errors.Is(err, fs.ErrNotExist) && (before == nil || before.info == nil && before.err == nil):
		now.err = nil
	}
	if now.err != nil {
		now.err = &todo.Error{Code: todo.Damaged, Message: fmt.Sprintf("%s can't be read: %v", fileName, now.err),
			Hint: "nobody comes in; mend it, or restart the server"}
	}
	f.seen.Store(now)
	return now
}

func (f *folder) stat() (os.FileInfo, error) { return os.Stat(filepath.Join(f.dir, fileName)) }

// isOf tells whether f was read from the file as it is now, by what stat says of that.
func (f *file) isOf(info os.FileInfo, err error) bool {
	if err != nil || f.info == nil {
		return errors.Is(err, fs.ErrNotExist) && f.info == nil && f.err == nil
	}
	return f.settled && os.SameFile(info, f.info) && info.ModTime().Equal(f.info.ModTime()) && info.Size() == f.info.Size()
}

// load reads the file. One that is not there is an error of the kind [fs.ErrNotExist].
func (f *folder) load() (*Document, error) {
	text, err := os.ReadFile(filepath.Join(f.dir, fileName))
	if err != nil {
		return nil, err
	}
	return &Document{Name: fileName, Removal: "remove " + fileName + " from the data folder", Text: text}, nil
}

func (f *folder) Change(edit func(*Document) ([]byte, error)) error {
	f.write.Lock() // before the lock of the file, on which each waiting goroutine would block a thread
	defer f.write.Unlock()
	if info, err := os.Stat(f.dir); err != nil || !info.IsDir() {
		if _, err := edit(nil); err != nil {
			return err // without making the folder, whose name may be mistyped
		}
		if err := os.MkdirAll(f.dir, 0o700); err != nil {
			return err
		}
	}
	lock := filepath.Join(f.dir, lockName)
	if l, err := os.OpenFile(lock, os.O_CREATE, 0o600); err == nil { // lockedfile would make it readable for all
		_ = l.Close()
	}
	unlock, err := lockedfile.MutexAt(lock).Lock()
	if err != nil {
		return err
	}
	defer unlock()
	d, err := f.load()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := edit(d)
	if err != nil {
		return err
	}
	return atomicfile.Replace(filepath.Join(f.dir, fileName), 0o600, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}
