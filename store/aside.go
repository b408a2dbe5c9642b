package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"todoshell/todo"
)

// A damagedFolder is the error of a folder whose files can't be read, or are not what was written.
type damagedFolder struct{ error }

func (d damagedFolder) Unwrap() error { return d.error }

// IsDamaged tells whether a folder could not be opened because of what is in its files.
func IsDamaged(err error) bool {
	_, is := errors.AsType[damagedFolder](err)
	return is
}

// cantRead is the error of a folder that could be locked, and whose files could not be opened.
func cantRead(dir string, err error) error {
	for _, other := range []error{&todo.Error{Code: CantOpen}, os.ErrPermission, syscall.ENOSPC} {
		if errors.Is(err, other) {
			return cantOpen(dir, err)
		}
	}
	return damagedFolder{&todo.Error{Code: CantOpen, Message: fmt.Sprintf("the data folder %s cannot be opened: %v", dir, err), Hint: mend}}
}

// asideLayout is how the time stands in the name of a folder that was put aside.
const asideLayout = "20060102T150405Z"

// PutAside gives a data folder another name, beside the old one, and makes an empty folder in its
// place. A folder that a process holds is refused with the code [InUse].
func PutAside(dir string, now time.Time) (aside string, err error) {
	if dir, err = filepath.EvalSymlinks(dir); err != nil { // what links to it goes on to do so
		return "", cantPutAside(dir, err)
	}
	lock, err := pebble.LockDirectory(dir, vfs.Default)
	if err != nil {
		return "", cantLock(dir, vfs.Default, err)
	}
	if runtime.GOOS == "windows" { // where a folder with open files can't be renamed
		err = lock.Close()
	} else {
		defer lock.Close()
	}
	aside = dir + ".damaged-" + now.UTC().Format(asideLayout)
	if _, there := os.Lstat(aside); !errors.Is(there, fs.ErrNotExist) {
		return "", cantPutAside(dir, fmt.Errorf("there is a folder %s already", aside))
	}
	if err = errors.Join(err, os.Rename(dir, aside)); err != nil {
		return "", cantPutAside(dir, err)
	}
	if err = errors.Join(os.Mkdir(dir, 0o700), syncFolder(vfs.Default, filepath.Dir(dir))); err != nil {
		return aside, cantPutAside(dir, err)
	}
	return aside, nil
}

func cantPutAside(dir string, err error) error {
	return &todo.Error{Code: CantOpen, Message: fmt.Sprintf("the data folder %s cannot be put aside: %v", dir, err),
		Hint: "end all that uses it, and move what is in it elsewhere; then start todoshell again"}
}
