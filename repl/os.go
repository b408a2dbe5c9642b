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

// Files are those that commands read and write: the operating system's, or those
// of whoever types the commands elsewhere.
type Files interface {
	// Open opens a file that is needed for reading.
	Open(n Need) (io.ReadCloser, error)

	// Replace writes a file such that the path holds all of it or what it held
	// before.
	Replace(path string, write func(io.Writer) error) error

	// Complete returns the paths that begin with prefix. Those of folders end with
	// a separator.
	Complete(prefix string) (words []Word, more bool)
}

// OS is the files of the operating system.
type OS struct {
	// Progress, if there is one, shows how far a long read is, until done is called.
	Progress func(r io.Reader, size int64, what string) (shown io.Reader, done func())
}

// Open opens a file and shows how far reading it is.
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

// A pipe has a name. Opening it waits for somebody who writes to it, which may be for
// ever: so the first read does, like one of a pipe that nobody writes to any more.
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

// Close waits for nobody.
func (p *pipe) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.file == nil {
		return nil
	}
	return p.file.Close()
}

// A shownFile is one that somebody watches being read.
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
