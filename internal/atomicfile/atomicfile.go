// Package atomicfile replaces a file as a whole: whoever reads it, also after a crash, finds
// all of the new text or all of the old one. When Replace has returned, the new text is durable.
package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// Replace gives a file the text that write writes, and a mode. The file need not exist; a
// symbolic link is replaced itself. When there is an error, the file is as it was, unless only
// the sync of its folder has failed.
func Replace(path string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return &os.PathError{Op: e.Op, Path: path, Err: e.Err} // not the name of the temporary file, which the caller does not know
	}
	if err != nil {
		return err
	}
	if err = errors.Join(write(file), file.Chmod(mode), file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the names of a folder's files durable. Windows does so by itself, and so
// must file systems that have no sync of folders, or none for those who may not read them.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	err = folder.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, folder.Close())
}
