//go:build unix

package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"todoshell/store"
	"todoshell/todo"
)

const forOthers = 0o077

// createPrivate makes all files that this process creates accessible to its user only, from
// the moment they exist. The store sees to that, too, but only when a file is there: another
// process that starts meanwhile would find one that others can read.
func createPrivate() { syscall.Umask(forOthers) }

// keepPrivate sees to it that a folder, if there is one, is this user's alone, with
// the files in it: one that others can read is made private, which it says. One that
// belongs to another user is refused, since that user can do with it as they like.
func (p *program) keepPrivate(dir string) error {
	folder, err := os.Stat(dir)
	if err != nil || !folder.IsDir() {
		return nil //nolint:nilerr // whoever opens it will say so
	}
	if err = checkOwner(dir, folder); err != nil {
		return err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil //nolint:nilerr // as above
	}
	open := folder.Mode()&forOthers != 0
	if open && !isOurs(files) {
		return notPrivate("others can read the folder "+dir+", and it holds other files than those of todoshell",
			"choose a folder of its own with --data, or make this one private with chmod 700")
	}
	if open {
		if err = makePrivate(dir, folder); err != nil {
			return err
		}
		if files, err = os.ReadDir(dir); err != nil { // nobody else can add any now
			return nil //nolint:nilerr // as above
		}
	}
	for _, file := range files {
		tightened, err := keepFilePrivate(filepath.Join(dir, file.Name()))
		if err != nil {
			return err
		}
		// The store's files are not private at once where another process is just making
		// them, which is no harm in a private folder.
		open = open || tightened && file.Name() == "tokens.json"
	}
	if open {
		fmt.Fprintf(p.stderr, "todoshell: others could look into %s; it is yours alone now\n", dir)
	}
	return nil
}

func keepFilePrivate(path string) (tightened bool, err error) {
	file, err := os.Lstat(path)
	if err != nil || file.IsDir() {
		return false, nil //nolint:nilerr // it is gone, or a folder
	}
	if err = checkOwner(path, file); err != nil || !file.Mode().IsRegular() || file.Mode()&forOthers == 0 {
		return false, err
	}
	return true, makePrivate(path, file)
}

// makePrivate takes all rights from others. Some file systems have no such rights.
func makePrivate(path string, file fs.FileInfo) error {
	err := os.Chmod(path, file.Mode()&^forOthers)
	if err == nil {
		file, err = os.Stat(path)
	}
	if err == nil && file.Mode()&forOthers != 0 {
		err = errors.New("its file system knows no such rights")
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return notPrivate(fmt.Sprintf("others can read %s, which could not be changed: %v", path, err), "choose another folder with --data")
	}
	return nil
}

func checkOwner(path string, file fs.FileInfo) error {
	owner := int(file.Sys().(*syscall.Stat_t).Uid) //nolint:errcheck // it is of this type on all these systems
	if owner == os.Geteuid() {
		return nil
	}
	return notPrivate(fmt.Sprintf("%s belongs to another user (uid %d)", path, owner),
		"work as that user, or choose a folder of your own with --data")
}

// isOurs tells whether a folder that holds such files is todoshell's.
func isOurs(files []fs.DirEntry) bool {
	others := false
	for _, file := range files {
		name := file.Name()
		if name == "tokens.json" || name == "history" || strings.HasPrefix(name, "MANIFEST-") {
			return true
		}
		others = others || name != "lost+found"
	}
	return !others
}

func notPrivate(message, hint string) error {
	return &todo.Error{Code: store.CantOpen, Message: message, Hint: hint}
}
