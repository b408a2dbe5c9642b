package repl

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"todoshell/internal/atomicfile"
)

// Files are where commands read and write files: on this machine ([OS]), or on that of a
// person who types somewhere else.
type Files interface {
	// Open opens a file that is needed for reading.
	Open(n Need) (io.ReadCloser, error)

	// Replace writes a file. Whatever happens, the path holds all of the new file, or
	// all of what it held before.
	Replace(path string, write func(io.Writer) error) error

	// Complete returns the paths that begin with prefix. Those of folders end with
	// a separator.
	Complete(prefix string) (words []Word, more bool)
}

// OS is the files of this machine.
type OS struct {
	// Progress shows how far reading a large file has got, until done is called; nil:
	// that is not shown.
	Progress func(r io.Reader, size int64, what string) (shown io.Reader, done func())
}

// Open opens a file. If it is read for long, Progress shows how far that has got.
func (o OS) Open(n Need) (io.ReadCloser, error) {
	if info, err := os.Stat(n.Path); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		return &pipe{path: n.Path}, nil
	}
	file, err := os.Open(n.Path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil || o.Progress == nil || n.What() == "" || !info.Mode().IsRegular() || info.Size() == 0 {
		return file, nil //nolint:nilerr // reading it will tell
	}
	shown, done := o.Progress(file, info.Size(), n.What())
	return &shownFile{shown, file, done}, nil
}

// A pipe is a named pipe. Opening it waits, maybe for ever, for a program that writes to
// it. So only the first read opens it: whoever reads can stop waiting.
type pipe struct {
	path   string
	mu     sync.Mutex
	file   *os.File
	closed bool
}

// Read is not called twice at the same time.
func (p *pipe) Read(b []byte) (int, error) {
	if p.file == nil {
		file, err := os.Open(p.path)
		if err != nil {
			return 0, err
		}
		p.mu.Lock()
		closed := p.closed
		p.file = file
		p.mu.Unlock()
		if closed {
			_ = file.Close()
		}
	}
	return p.file.Read(b)
}

// Close does not wait for a read, nor for a program that writes.
func (p *pipe) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.file == nil {
		return nil
	}
	return p.file.Close()
}

// A shownFile is a file whose reading is shown.
type shownFile struct {
	io.Reader
	file *os.File
	done func()
}

func (f *shownFile) Close() error {
	f.done()
	return f.file.Close()
}

// Replace writes a file. One that is there keeps its mode, and a symbolic link
// its target.
func (OS) Replace(path string, write func(io.Writer) error) error {
	mode := os.FileMode(0o600)
	if info, there := os.Stat(path); there == nil {
		if !info.Mode().IsRegular() {
			device, opening := os.OpenFile(path, os.O_WRONLY, 0) // or a pipe, which can't be replaced
			if opening != nil {
				return opening
			}
			return errors.Join(write(device), device.Close())
		}
		target, err := filepath.EvalSymlinks(path)
		if err != nil {
			return err
		}
		path, mode = target, info.Mode().Perm()
	}
	return atomicfile.Replace(path, mode, write)
}

// Complete reads a folder.
func (OS) Complete(prefix string) (words []Word, more bool) {
	dir, base := filepath.Split(prefix)
	entries, err := os.ReadDir(filepath.Clean(dir)) // "" is .
	if err != nil {
		return nil, false
	}
	for _, e := range entries {
		name := e.Name()
		hidden := strings.HasPrefix(name, ".") && base == ""
		if hidden || !strings.HasPrefix(name, base) || strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name) {
			continue
		}
		if len(words) == maxWords {
			return words, true
		}
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			name += string(filepath.Separator)
		}
		words = append(words, Word{Text: dir + name})
	}
	return words, false
}
